namespace MlOps.Domain.Serving.Log;

/// <summary>
/// What somebody who does not see the policy in force wants of it, such as a pipeline file that runs each night. What it does not name stays
/// as it is, and what records less wins: a run must not take back what a person has set since the file was written. To record more, somebody sets
/// the policy itself.
/// </summary>
/// <param name="Off">True wins; null: as it is.</param>
/// <param name="Sample">0 to 1; the smaller counts; null: as it is.</param>
/// <param name="Redact">Of a feature that is redacted already the stricter way counts: drop, mask, hash.</param>
/// <param name="RetainDays">The fewer days count; null: as it is.</param>
public sealed record LogPolicyChange(bool? Off, double? Sample, IReadOnlyDictionary<string, Redaction> Redact, int? RetainDays)
{
    internal static readonly Redaction[] StrictestFirst = [Redaction.Drop, Redaction.Mask, Redaction.Hash];

    /// <summary>The policy that it makes of another.</summary>
    public LogPolicy Over(LogPolicy policy) => policy with
    {
        Off = Off == true || policy.Off,
        Sample = Math.Min(Sample ?? 1, policy.Sample),
        Redact = policy.Redact.Concat(Redact).GroupBy(r => r.Key, r => r.Value).ToDictionary(r => r.Key, r => StrictestFirst.First(r.Contains)),
        RetainDays = RetainDays is { } days ? Math.Min(days, policy.RetainDays ?? days) : policy.RetainDays,
    };
}
