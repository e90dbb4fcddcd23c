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
        bool all = string.IsNullOrWhiteSpace(query.Base);
        var within = new OneFilter(query.Base, _spans);
        // A step that the base asks for is the one that the filter asks for.
        var first = new OneFilter(all ? query.First : $"({query.Base}) AND ({query.First})", _spans);
        var second = new OneFilter(all ? query.Second : $"({query.Base}) AND ({query.Second})", _spans);
        var found = new TraceCorrelation(0, 0, 0, 0);
        foreach (string experimentId in await _catalog.ActiveIdsAsync(query.ExperimentIds, cancellationToken))
        {
            await foreach (DocumentRow<Trace> row in _table.ListAsync(experimentId, null, cancellationToken))
            {
                if (!await within.HoldsAsync(row.Value, cancellationToken))
                    continue;
                bool isFirst = await first.HoldsAsync(row.Value, cancellationToken), isSecond = await second.HoldsAsync(row.Value, cancellationToken);
                found = new TraceCorrelation(found.Total + 1, found.First + (isFirst ? 1 : 0), found.Second + (isSecond ? 1 : 0), found.Joint + (isFirst && isSecond ? 1 : 0));
                if (within.Read + first.Read + second.Read > DocumentSearch<Trace>.ReadBytes)
                    throw MlOpsException.TooLarge("search-too-large", $"the files of spans of more than {found.Total:N0} traces have to be read for this: ask for less by `base_filter`, such as a time");
            }
        }

        return found;
    }

    private sealed class OneFilter
    {
        private readonly SpanSearch _spans;
        private readonly Func<Trace, bool> _filter;

        public OneFilter(string? text, SpanLog spans)
        {
            _spans = new SpanSearch(spans);
            _filter = FilterParser<Trace>.Parse(text, new TraceFields(_spans));
        }

        /// <summary>Bytes of spans, so far.</summary>
        public long Read { get; private set; }

        public async ValueTask<bool> HoldsAsync(Trace trace, CancellationToken cancellationToken)
        {
            if (!_filter(trace) || !_spans.IsNeeded)
                return _filter(trace);
            (bool holds, long bytes) = await _spans.HoldsAsync(trace, _filter, cancellationToken);
            Read += OpenBytes + bytes;
            return holds;
        }
    }
}
