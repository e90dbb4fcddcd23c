using MlOps.Domain.Storage;

namespace MlOps.Domain.Experiments.Search;

/// <summary>
/// Finds the documents of a page. Of all that it looks through it keeps no more than the page's places, and the small ones themselves;
/// the others are read again. Where the order wanted is the table's own, it begins behind the page before and stops when the page is full.
/// </summary>
/// <param name="Asked">What a page token is for.</param>
/// <param name="Then">Of what the filter lets through: whether that stands once more is read for it, and how many bytes that was. Null: nothing need be read.</param>
internal sealed record DocumentSearch<T>(DocumentTable<T> Table, string Asked, string? Token, IReadOnlyList<SearchOrder<T>> Orders, Func<T, bool> Filter, Func<T, CancellationToken, ValueTask<(bool Holds, long Bytes)>>? Then = null)
    where T : class
{
    /// <summary>A page ends early, but not empty, before it takes more.</summary>
    public const int PageBytes = 16 << 20;

    /// <summary>Read by <c>Then</c> for a page: some seconds' work.</summary>
    public const int ReadBytes = 128 << 20;

    /// <summary>To find and open what has to be read of one document takes as long as to read so much.</summary>
    private const int OpenBytes = 16 << 10;

    /// <summary>A document up to here is kept until the page is answered.</summary>
    private const int SmallBytes = 16 << 10;

    private readonly SearchToken? _after = SearchToken.Decode(Token, Asked, Sorted(Orders).Count);
    private readonly bool[] _descending = [.. Sorted(Orders).Select(o => o.Descending)];

    // The last that was looked at where more would have to be read than a page reads: what comes behind it, also of other experiments, is the next page's.
    private SearchToken? _end;
    private long _read;

    private bool IsTableOrder => Sorted(Orders).Count == 0;

    private sealed record Place(EntityKey Key, SearchToken Token, DocumentRow<T>? Row);

    public async Task<(IReadOnlyList<T> Found, string? Continuation)> PageAsync(IEnumerable<string> experimentIds, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        var first = new PriorityQueue<Place, SearchToken>(Comparer<SearchToken>.Create((a, b) => b.CompareTo(a, _descending)));
        string[] all = [.. experimentIds];
        // Each has its share, so that each comes on by one at least.
        foreach (string experimentId in all)
            await AddAsync(first, experimentId, limit, ReadBytes / all.Length, cancellationToken);
        var places = new Place[first.Count];
        for (int i = places.Length; i-- > 0;)
            places[i] = first.Dequeue();
        if (_end is not null)
            places = [.. places.Where(place => place.Token.CompareTo(_end, _descending) <= 0)];
        return await ReadAsync(places, limit, cancellationToken);
    }

    private async Task AddAsync(PriorityQueue<Place, SearchToken> first, string experimentId, int limit, long share, CancellationToken cancellationToken)
    {
        int found = 0;
        long begun = _read;
        SearchToken? before = _after;
        await foreach (DocumentRow<T> row in Table.ListAsync(experimentId, IsTableOrder ? _after?.Start : null, cancellationToken))
        {
            var token = new SearchToken([.. Sorted(Orders).Select(o => o.Key(row.Value))], row.Ticks, KeyEscape.Escape(row.Id));
            if ((_after is not null && token.CompareTo(_after, _descending) <= 0) || !Filter(row.Value))
                continue;
            if (_end is not null && token.CompareTo(_end, _descending) > 0)
                break;
            if (IsTableOrder ? _read - begun >= share : _read >= ReadBytes)
            {
                _end = IsTableOrder ? before : throw TooMuch();
                break;
            }

            before = token;
            if (Then is not null && !await HoldsAsync(Then, row.Value, cancellationToken))
                continue;
            var place = new Place(row.Key, token, row.Bytes <= SmallBytes ? row : null);
            if (first.Count <= limit)
                first.Enqueue(place, token);
            else
                first.EnqueueDequeue(place, token);
            // One more than the page tells that there is another.
            if (IsTableOrder && ++found > limit)
                break;
        }
    }

    private async ValueTask<bool> HoldsAsync(Func<T, CancellationToken, ValueTask<(bool Holds, long Bytes)>> then, T document, CancellationToken cancellationToken)
    {
        (bool holds, long bytes) = await then(document, cancellationToken);
        _read += OpenBytes + bytes;
        return holds;
    }

    /// <summary>
    /// None where the table's order is wanted: that goes by the start that a document was first stored with, which spans that come late move
    /// by a little. By anything else pages that stop early would miss documents.
    /// </summary>
    private static IReadOnlyList<SearchOrder<T>> Sorted(IReadOnlyList<SearchOrder<T>> orders) => orders is [{ IsTableOrder: true }] ? [] : orders;

    private async Task<(IReadOnlyList<T> Found, string? Continuation)> ReadAsync(Place[] places, int limit, CancellationToken cancellationToken)
    {
        var found = new List<T>();
        long bytes = 0;
        for (int i = 0; i < places.Length; i++)
        {
            DocumentRow<T>? row = i < limit ? places[i].Row ?? await Table.FindRowAsync(places[i].Key, cancellationToken) : null;
            bytes += row?.Bytes ?? 0;
            if (i == limit || (bytes > PageBytes && found.Count > 0))
                return (found, places[i - 1].Token.Encode(Asked));
            // Deleted meanwhile.
            if (row is not null)
                found.Add(row.Value);
        }

        return (found, _end?.Encode(Asked));
    }

    private static MlOpsException TooMuch() => MlOpsException.TooLarge("search-too-large",
        "so many files have to be read to find these that one page cannot: ask for less by the rest of the filter, such as a time, or for the newest first, whose pages end early");
}
