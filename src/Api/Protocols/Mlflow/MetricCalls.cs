using System.Text.Json;
using MlOps.Api.Http;
using MlOps.Domain.Experiments;

namespace MlOps.Api.Protocols.Mlflow;

/// <summary>What <c>/mlflow/metrics/...</c> answer: histories, of one run page by page, of several thinned out for a chart.</summary>
internal sealed class MetricCalls(ExperimentTracker tracker)
{
    private const int MaxPage = 25_000;
    private const int MaxRuns = 100;
    private const int MaxSampled = 2_500;

    public async Task HistoryAsync(ApiCall call, MlflowFields fields)
    {
        string run = RunCalls.IdOf(fields);
        string key = fields.RequiredText("metric_key");
        MetricHistory points = (await tracker.MetricHistoryAsync(run, key, call.Aborted)).InTime();
        int limit = fields.Integer("max_results", 0, MaxPage) is { } given and > 0 ? given : int.MaxValue;
        int from = HistoryToken.Position(points, fields.Text("page_token"), $"{run} {key}");
        int to = (int)Math.Min(points.Count, (long)from + limit);
        await MlflowCall.AnswerAsync(call, (points, from, to, token: to < points.Count ? HistoryToken.Of(points[to - 1], $"{run} {key}") : null), static (json, page) =>
        {
            Write(json, page.points, page.from, page.to);
            if (page.token is not null)
                json.WriteString("next_page_token"u8, page.token);
        });
    }

    /// <summary>As MLflow's UI asks: runs in the order of their ids, points in order of time, at most so many in all.</summary>
    public async Task BulkAsync(ApiCall call, MlflowFields fields)
    {
        int left = fields.Integer("max_results", 1, int.MaxValue) is { } given ? Math.Min(given, MaxPage) : MaxPage;
        var all = new List<(string Run, IReadOnlyList<MetricPoint> Points)>();
        foreach (string run in RunsOf(fields, "run_id").Order(StringComparer.Ordinal))
        {
            MetricHistory points = (await tracker.MetricHistoryAsync(run, fields.RequiredText("metric_key"), call.Aborted)).InTime();
            all.Add((run, points.Count <= left ? points : [.. points.Take(left)]));
            left -= all[^1].Points.Count;
        }

        await AnswerAsync(call, all);
    }

    public async Task IntervalAsync(ApiCall call, MlflowFields fields) => await AnswerAsync(call, await SampledAsync(fields, call.Aborted));

    /// <summary>Of each run points at about the same steps.</summary>
    public async Task<List<(string Run, IReadOnlyList<MetricPoint> Points)>> SampledAsync(MlflowFields fields, CancellationToken cancellationToken)
    {
        string key = fields.RequiredText("metric_key");
        int most = fields.Integer("max_results", 1, MaxSampled) ?? MaxSampled;
        (long? start, long? end) = (fields.Integer("start_step"), fields.Integer("end_step"));
        if (start is null != end is null)
            throw MlOpsException.Invalid("field-invalid", "If either start step or end step are specified, both must be specified.");
        if (start > end)
            throw MlOpsException.Invalid("field-invalid", $"end_step must be greater than start_step. Found start_step={start} and end_step={end}.");
        IReadOnlyList<string> runs = RunsOf(fields, "run_ids");
        IReadOnlyList<IReadOnlyList<MetricPoint>> sampled = await tracker.SampleHistoriesAsync(runs, key, most, start ?? long.MinValue, end ?? long.MaxValue, cancellationToken);
        return [.. runs.Zip(sampled, (run, points) => (run, points.Count <= MaxSampled ? points : [.. points.Take(MaxSampled)]))];
    }

    private static IReadOnlyList<string> RunsOf(MlflowFields fields, string name) => fields.Texts(name) switch
    {
        { Count: 0 } => throw fields.Invalid(name, "is missing, expected at least one run id"),
        { Count: > MaxRuns } many => throw fields.Invalid(name, $"has {many.Count} runs, at most {MaxRuns} are allowed"),
        var runs => runs,
    };

    private static Task AnswerAsync(ApiCall call, List<(string Run, IReadOnlyList<MetricPoint> Points)> all) => MlflowCall.AnswerAsync(call, all, Write);

    public static void Write(Utf8JsonWriter json, List<(string Run, IReadOnlyList<MetricPoint> Points)> runs)
    {
        if (runs.All(r => r.Points.Count == 0))
            return;
        json.WriteStartArray("metrics"u8);
        foreach ((string run, IReadOnlyList<MetricPoint> points) in runs)
        {
            foreach (MetricPoint point in points)
                MlflowJson.Metric(json, point, run);
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, MetricHistory points, int from, int to)
    {
        if (points.Count == 0)
            return;
        json.WriteStartArray("metrics"u8);
        for (int i = from; i < to; i++)
            MlflowJson.Metric(json, points[i]);
        json.WriteEndArray();
    }
}
