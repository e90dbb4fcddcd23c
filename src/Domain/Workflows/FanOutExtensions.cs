namespace MlOps.Domain.Workflows;

/// <summary>Many steps side by side, so many at once.</summary>
public static class FanOutExtensions
{
    /// <summary>
    /// Runs <paramref name="run"/> for each item, at most <paramref name="bound"/> at a time, and returns the results in the order of
    /// the items. After a failure no further item is begun; those running come to their end, then the failure of the first item
    /// that failed is thrown. A rerun keeps the results of all that completed.
    /// </summary>
    /// <param name="bound">At least 1.</param>
    public static async Task<IReadOnlyList<TResult>> FanOutAsync<TItem, TResult>(
        this IWorkflowContext context, IReadOnlyList<TItem> items, int bound, Func<TItem, Task<TResult>> run)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, 1);
        var results = new TResult[items.Count];
        var failures = new SortedList<int, Exception>();
        int next = 0;

        async Task RunLaneAsync()
        {
            while (failures.Count == 0 && next < items.Count)
            {
                int i = next++;
                try
                {
                    results[i] = await run(items[i]);
                }
#pragma warning disable CA1031 // Every failure is kept; the first by item is thrown below.
                catch (Exception e)
#pragma warning restore CA1031
                {
                    failures.Add(i, e);
                }
            }
        }

        await Task.WhenAll([.. Enumerable.Range(0, Math.Min(bound, items.Count)).Select(_ => RunLaneAsync())]);
        if (failures.Count > 0)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failures.Values[0]);
        return results;
    }
}
