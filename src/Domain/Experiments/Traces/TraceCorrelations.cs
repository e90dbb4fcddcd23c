using MlOps.Domain.Experiments.Search;

namespace MlOps.Domain.Experiments.Traces;

/// <summary>Counts traces that two filters find. All traces of the experiments are looked through, and the files of spans read where a filter asks for them.</summary>
public sealed class TraceCorrelations
{
    /// <summary>To find and open the files of one trace takes as long as to read so much.</summary>
    private const int OpenBytes = 16 << 10;

    private readonly ExperimentCatalog _catalog;
    private readonly DocumentTable<Trace> _table;
    private readonly SpanLog _spans;

    internal TraceCorrelations(ExperimentCatalog catalog, DocumentTable<Trace> table, SpanLog spans) => (_catalog, _table, _spans) = (catalog, table, spans);

    /// <exception cref="MlOpsException">Invalid <c>filter-invalid</c>; TooLarge <c>search-too-large</c>: more spans have to be read than of a page of a search.</exception>
    public async Task<TraceCorrelation> QueryAsync(TraceCorrelationQuery query, CancellationToken cancellationToken)
    {
        var within = new OneFilter(query.Base);
        (OneFilter first, OneFilter second) = (new OneFilter(query.First), new OneFilter(query.Second));
        if (!string.IsNullOrWhiteSpace(query.Base))
        {
            // A step that the base asks for is the one that the filter asks for. Each was read alone before, so that none ends the other's parenthesis.
            first = new OneFilter($"({query.Base}) AND ({query.First})");
            second = new OneFilter($"({query.Base}) AND ({query.Second})");
        }

        long read = 0;
        var found = new TraceCorrelation(0, 0, 0, 0);
        foreach (string experimentId in await _catalog.ActiveIdsAsync(query.ExperimentIds, cancellationToken))
        {
            await foreach (DocumentRow<Trace> row in _table.ListAsync(experimentId, null, cancellationToken))
            {
                var trace = new OneTrace(row.Value, _spans);
                if (!await within.HoldsAsync(trace, cancellationToken))
                    continue;
                bool isFirst = await first.HoldsAsync(trace, cancellationToken), isSecond = await second.HoldsAsync(trace, cancellationToken);
                read += trace.Read;
                found = new TraceCorrelation(found.Total + 1, found.First + (isFirst ? 1 : 0), found.Second + (isSecond ? 1 : 0), found.Joint + (isFirst && isSecond ? 1 : 0));
                if (read > DocumentSearch<Trace>.ReadBytes)
                    throw MlOpsException.TooLarge("search-too-large", $"the files of spans of more than {found.Total:N0} traces have to be read for this: ask for less by `base_filter`, such as a time");
            }
        }

        return found;
    }

    /// <summary>Its spans are read when the first filter asks for them.</summary>
    private sealed class OneTrace(Trace trace, SpanLog log)
    {
        private IReadOnlyList<Span>? _spans;

        public Trace Trace => trace;

        public long Read { get; private set; }

        public async ValueTask<IReadOnlyList<Span>> SpansAsync(CancellationToken cancellationToken)
        {
            if (_spans is not null)
                return _spans;
            (IReadOnlyList<Span>? found, long bytes) = await log.TryReadAsync(trace, cancellationToken);
            Read = OpenBytes + bytes;
            return _spans = found ?? [];
        }
    }

    private sealed class OneFilter
    {
        private readonly SpanSearch _search = new();
        private readonly Func<Trace, bool> _filter;

        public OneFilter(string? text) => _filter = FilterParser<Trace>.Parse(text, new TraceFields(_search));

        public async ValueTask<bool> HoldsAsync(OneTrace trace, CancellationToken cancellationToken) =>
            _filter(trace.Trace) && (!_search.IsNeeded || _search.Holds(trace.Trace, _filter, await trace.SpansAsync(cancellationToken)));
    }
}
