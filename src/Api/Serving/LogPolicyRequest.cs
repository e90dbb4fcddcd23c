using MlOps.Domain.Serving.Log;

namespace MlOps.Api.Serving;

/// <summary>The body of <c>PUT /endpoints/{model}/log</c>: a <see cref="LogPolicy"/>, whole.</summary>
public sealed record LogPolicyRequest
{
    public bool Off { get; init; }

    public double Sample { get; init; } = 1;

    public IReadOnlyDictionary<string, Redaction> Redact { get; init; } = new Dictionary<string, Redaction>();

    public int? RetainDays { get; init; }

    /// <summary>That of the policy which was read and changed; another in force is a conflict. Null: whatever is in force, unless it protects more.</summary>
    public long? Revision { get; init; }

    /// <summary>A request for <paramref name="policy"/> in place of what was read.</summary>
    public static LogPolicyRequest Of(LogPolicy policy, long revision) =>
        new() { Off = policy.Off, Sample = policy.Sample, Redact = policy.Redact, RetainDays = policy.RetainDays, Revision = revision };

    internal LogPolicy Policy => new() { Off = Off, Sample = Sample, Redact = Redact, RetainDays = RetainDays };
}
