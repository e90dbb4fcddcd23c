
namespace MlOps.Domain.Serving.Log;

/// <summary>What a policy must hold, all mistakes at once.</summary>
internal static class LogPolicyCheck
{
    /// <summary>A policy is one property of a row.</summary>
    private const int MaxRedacted = 500;

    /// <exception cref="MlOpsException">Invalid <c>log-policy</c>.</exception>
    public static void Check(string model, LogPolicy policy, string target, string[] features)
    {
        string[] problems = [.. Problems(policy), .. policy.Redact.Keys.SelectMany(feature => Problems(feature, target, features))];
        if (problems.Length > 0)
            throw MlOpsException.Invalid("log-policy", $"the log policy of '{model}' is wrong: {string.Join("; ", problems)}");
    }

    private static IEnumerable<string> Problems(LogPolicy policy)
    {
        if (policy.Sample is not (>= 0 and <= 1))
            yield return $"sample {policy.Sample} is not a share from 0 to 1";
        if (policy.RetainDays is < 1 or > LogPolicy.MaxRetainDays)
            yield return $"retainDays {policy.RetainDays} is not from 1 to {LogPolicy.MaxRetainDays:N0}; leave it out to keep everything";
        if (policy.Redact.Count > MaxRedacted)
            yield return $"redact names {policy.Redact.Count} features; at most {MaxRedacted} are allowed: set off instead";
        if (policy.Redact.FirstOrDefault(r => !Enum.IsDefined(r.Value)) is { Key: { } wrong })
            yield return $"redact '{wrong}': give drop, hash or mask";
    }

    // A slip would leave the column readable, so an unknown name is no detail.
    private static IEnumerable<string> Problems(string feature, string target, string[] features)
    {
        if (feature == target)
            yield return $"redact '{feature}': it is the target, which is not among the logged features; the log has its prediction";
        else if (!features.Contains(feature))
            yield return $"redact '{feature}' is no feature of the model{NameSuggestion.Hint(feature, features)}; it has {string.Join(", ", features.Take(30))}{(features.Length > 30 ? $", ... ({features.Length} in all)" : "")}";
    }
}
