namespace MlOps.Domain.Serving.Log;

/// <summary>
/// Keeps a policy that somebody set from being lost by another's who has not seen it: whoever names the revision has, and may do all; who names
/// none may not take back what protects.
/// </summary>
internal static class LogPolicyLoosening
{
    /// <returns><paramref name="wanted"/>.</returns>
    /// <exception cref="MlOpsException">Conflict <c>log-policy-changed</c>, <c>log-policy-loosened</c>.</exception>
    public static LogPolicy Checked(LogPolicyState current, LogPolicy wanted, long? revision)
    {
        // The same again, as a call is repeated whose answer was lost, is no conflict.
        if (wanted.IsSame(current.Policy))
            return wanted;
        if (revision is { } seen && seen != current.Revision)
            throw MlOpsException.Conflict("log-policy-changed", $"the log policy of '{current.Model}' is at revision {current.Revision}{By(current)}, expected {seen}: someone changed it meanwhile; read it again and retry");
        string[] loosened = revision is null ? [.. Loosened(current.Policy, wanted)] : [];
        return loosened.Length == 0 ? wanted : throw MlOpsException.Conflict(
            "log-policy-loosened",
            $"the log policy of '{current.Model}' (revision {current.Revision}{By(current)}) would be loosened: {string.Join("; ", loosened)}; name what is to stay, or give revision {current.Revision} along if that is meant");
    }

    private static IEnumerable<string> Loosened(LogPolicy before, LogPolicy after)
    {
        foreach ((string feature, Redaction how) in before.Redact.OrderBy(r => r.Key, StringComparer.Ordinal))
        {
            if (!after.Redact.TryGetValue(feature, out Redaction wanted))
                yield return $"'{feature}' is redacted ({Word(how)}) and would be recorded";
            else if (Rank(wanted) > Rank(how))
                yield return $"'{feature}' is redacted by {Word(how)} and would be by {Word(wanted)}";
        }

        if (before.RetainDays is { } days && !(after.RetainDays <= days))
            yield return $"records are kept {days} days and would be kept {(after.RetainDays is { } more ? $"{more}" : "for good")}";
        if (before.Off && !after.Off)
            yield return "nothing is recorded and something would be";
    }

    private static int Rank(Redaction how) => Array.IndexOf(LogPolicyChange.StrictestFirst, how);

    private static string Word(Redaction how) => how.ToString().ToLowerInvariant();

    private static string By(LogPolicyState state) => state.By is { } by ? $", set by {by}" : "";
}
