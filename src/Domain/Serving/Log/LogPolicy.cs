namespace MlOps.Domain.Serving.Log;

/// <summary>What the prediction log has instead of a feature's value.</summary>
public enum Redaction
{
    /// <summary>Nothing, not even whether there was one.</summary>
    Drop,

    /// <summary>The same text for the same value, by a keyed hash: values can be told apart, not read.</summary>
    Hash,

    /// <summary>Three asterisks: whether there was a value, and nothing else.</summary>
    Mask,
}

/// <summary>What is recorded of a model's predictions, and for how long. Requests, errors and latencies are counted whatever it says.</summary>
public sealed record LogPolicy
{
    /// <summary>Most days that records can be kept, but for good.</summary>
    public const int MaxRetainDays = 36_500;

    /// <summary>Everything, for good.</summary>
    public static readonly LogPolicy Default = new();

    /// <summary>Nothing is recorded; drift and performance cannot be watched then. Default false.</summary>
    public bool Off { get; init; }

    /// <summary>The share of requests that is recorded, 0 to 1, chosen by the request id: all rows of a request or none. Default 1.</summary>
    public double Sample { get; init; } = 1;

    /// <summary>Features whose values are not recorded. Default none.</summary>
    public IReadOnlyDictionary<string, Redaction> Redact { get; init; } = new Dictionary<string, Redaction>();

    /// <summary>Whole days (UTC) that records and the feedback on them are kept, 1 to 36,500; null for good, the default.</summary>
    public int? RetainDays { get; init; }

    internal bool IsSame(LogPolicy other) =>
        (Off, Sample, RetainDays, Redact.Count) == (other.Off, other.Sample, other.RetainDays, other.Redact.Count)
        && Redact.All(r => other.Redact.TryGetValue(r.Key, out Redaction how) && how == r.Value);
}

/// <summary>A model's policy as it is stored.</summary>
/// <param name="Revision">0 while nobody has set one, then one more each change.</param>
/// <param name="By">Who set it; null with revision 0.</param>
public sealed record LogPolicyState(string Model, LogPolicy Policy, long Revision, DateTimeOffset? ChangedAt, string? By);
