namespace MlOps.Domain.Experiments.Search;

/// <summary>A run that a filter lets through, with what it is ordered by.</summary>
internal readonly record struct FoundRun(Experiment Experiment, PackedRun Run, SortKey[] Keys)
{
    public SearchToken Token => new(Keys, Run.Start, Run.Id);
}

/// <summary>A page of what was found, and where it ends when there is more.</summary>
internal sealed record FoundRuns(IReadOnlyList<FoundRun> Runs, SearchToken? Next)
{
    /// <param name="descending">The direction of each key.</param>
    /// <param name="after">Only what comes behind this; null to begin.</param>
    public static FoundRuns Page(List<FoundRun> found, bool[] descending, SearchToken? after, int limit)
    {
        if (after is not null)
            found.RemoveAll(f => Compare(f.Keys, f.Run.Start, f.Run.Id, after.Keys, after.Start, after.Id, descending) <= 0);
        found.Sort((a, b) => Compare(a.Keys, a.Run.Start, a.Run.Id, b.Keys, b.Run.Start, b.Run.Id, descending));
        return found.Count <= limit ? new(found, null) : new(found[..limit], found[limit - 1].Token);
    }

    private static int Compare(SortKey[] a, long start, string id, SortKey[] b, long otherStart, string otherId, bool[] descending)
    {
        for (int i = 0; i < descending.Length; i++)
        {
            if (a[i].CompareTo(b[i], descending[i]) is not 0 and int order)
                return order;
        }

        return start != otherStart ? otherStart.CompareTo(start) : string.CompareOrdinal(id, otherId);
    }
}
