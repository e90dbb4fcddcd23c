namespace MlOps.Domain.Registry;

/// <summary>A time during which an alias pointed to one version.</summary>
/// <param name="By">Who set it.</param>
/// <param name="To">Null while it lasts.</param>
/// <param name="EndedBy">Who moved or removed it, or deleted the version.</param>
/// <param name="RolledBack">Whether it got there by a rollback.</param>
public sealed record AliasPeriod(int Version, DateTimeOffset From, string By, DateTimeOffset? To, string? EndedBy, bool RolledBack);

/// <summary>Where an alias pointed, replayed from a model's events.</summary>
/// <param name="Periods">Newest first.</param>
internal sealed record AliasHistory(string Alias, IReadOnlyList<AliasPeriod> Periods, IReadOnlyList<int> Before)
{
    public static AliasHistory Of(string alias, IReadOnlyList<ModelEvent> newestFirst)
    {
        var periods = new List<AliasPeriod>();
        var line = new List<int>();
        foreach (ModelEvent entry in newestFirst.Reverse())
        {
            if (entry is { Kind: ModelEventKind.VersionDeleted, Version: { } deleted })
                Remove(line, deleted);
            bool ends = entry.Alias == alias || entry.Aliases?.Contains(alias) == true;
            if (ends && periods is [.., { To: null } last])
                periods[^1] = last with { To = entry.At, EndedBy = entry.By };
            if (entry.Alias == alias && entry.Version is { } version)
                Begin(periods, line, entry, version);
        }

        periods.Reverse();
        return new AliasHistory(alias, periods, line is [] || periods is not [{ To: null }, ..] ? line : line[..^1]);
    }

    /// <exception cref="MlOpsException">Conflict <c>alias-no-previous</c>.</exception>
    public int Previous(string model) => Before is [.., var version] ? version : throw MlOpsException.Conflict(
        "alias-no-previous", $"alias '{Alias}' of '{model}' pointed to no other version before that is still there: set it to the one that you mean");

    /// <summary>Where the version stood between two times of another, those are one then.</summary>
    private static void Remove(List<int> line, int version)
    {
        line.RemoveAll(v => v == version);
        for (int i = line.Count - 1; i > 0; i--)
        {
            if (line[i] == line[i - 1])
                line.RemoveAt(i);
        }
    }

    /// <summary>A rollback takes back what came after the version it went to; what was taken back is no place to go back to.</summary>
    private static void Begin(List<AliasPeriod> periods, List<int> line, ModelEvent entry, int version)
    {
        bool back = entry.Kind == ModelEventKind.AliasRolledBack;
        periods.Add(new AliasPeriod(version, entry.At, entry.By, null, null, back));
        if (back && line.LastIndexOf(version) is >= 0 and int at)
            line.RemoveRange(at + 1, line.Count - at - 1);
        else if (line is not [.., var last] || last != version)
            line.Add(version);
    }
}
