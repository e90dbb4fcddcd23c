using System.Globalization;
using System.Text.Json;

namespace MlOps.EndToEnd.Killed;

internal sealed class WrittenRuns : KilledWrites
{
    private string _experiment = "";

    protected override async Task PrepareAsync(MlflowCalls client) => _experiment = MlflowCalls.Text(await client.PostAsync("mlflow/experiments/create", new { name = "killed" }), "experiment_id");

    protected override Task WriteAsync(MlflowCalls client, int number) => client.PostAsync("mlflow/runs/create", new { experiment_id = _experiment, run_name = $"{number}", start_time = 1_700_000_000_000 + number });

    protected override async Task<IEnumerable<int>> FindAsync(MlflowCalls client) =>
        MlflowCalls.List(await client.PostAsync("mlflow/runs/search", new { experiment_ids = new[] { _experiment }, max_results = 50_000 }), "runs")
            .Select(run => Numbers.Of(MlflowCalls.Text(run.GetProperty("info"), "run_name")));
}

/// <summary>Writes to one run.</summary>
internal abstract class RunWrites : KilledWrites
{
    protected string Run { get; private set; } = "";

    protected override async Task PrepareAsync(MlflowCalls client) => Run = await client.NewRunAsync();

    protected async Task<JsonElement> DataAsync(MlflowCalls client) => (await client.RunAsync(Run)).GetProperty("data");
}

internal sealed class WrittenParams : RunWrites
{
    protected override Task WriteAsync(MlflowCalls client, int number) => client.PostAsync("mlflow/runs/log-parameter", new { run_id = Run, key = $"p{number}", value = $"value {number}" });

    protected override async Task<IEnumerable<int>> FindAsync(MlflowCalls client) => Numbers.Of(await DataAsync(client), "params", "p", n => $"value {n}");
}

internal sealed class WrittenTags : RunWrites
{
    protected override Task WriteAsync(MlflowCalls client, int number) => client.PostAsync("mlflow/runs/set-tag", new { run_id = Run, key = $"t{number}", value = $"value {number}" });

    protected override async Task<IEnumerable<int>> FindAsync(MlflowCalls client) => Numbers.Of(await DataAsync(client), "tags", "t", n => $"value {n}");
}

/// <summary>A call with params, tags and metrics is one write: all of it is there or nothing.</summary>
internal sealed class WrittenBatches : RunWrites
{
    private const int Metrics = 5;

    protected override Task WriteAsync(MlflowCalls client, int number) => client.PostAsync("mlflow/runs/log-batch", new
    {
        run_id = Run,
        metrics = Enumerable.Range(0, Metrics).Select(m => new { key = $"m{m}", value = 1.5 * number, timestamp = 1_700_000_000_000 + number, step = number }),
        @params = new[] { new { key = $"p{number}", value = $"{number}" } },
        tags = new[] { new { key = $"t{number}", value = $"{number}" } },
    });

    protected override async Task<IEnumerable<int>> FindAsync(MlflowCalls client)
    {
        JsonElement data = await DataAsync(client);
        int[] found = [.. Numbers.Of(data, "params", "p", n => $"{n}").Order()];
        Assert.Equal(found, Numbers.Of(data, "tags", "t", n => $"{n}").Order());
        for (int metric = 0; metric < Metrics; metric++)
        {
            IReadOnlyList<JsonElement> history = MlflowCalls.List(await client.GetAsync($"mlflow/metrics/get-history?run_id={Run}&metric_key=m{metric}"), "metrics");
            Assert.Equal(found, history.Select(point => point.GetProperty("step").GetInt32()));
            Assert.All(history, point => Assert.Equal(1.5 * point.GetProperty("step").GetInt32(), point.GetProperty("value").GetDouble()));
        }

        return found;
    }
}

/// <summary>Params that soon take more than a row of the store holds, so that each write is of several rows.</summary>
internal sealed class WrittenLargeBatches : KilledWrites
{
    private const int Params = 100;

    /// <summary>30 MB: a run takes no more than 64 MiB.</summary>
    private const int BatchesARun = 50;

    private readonly List<string> _runs = [];

    protected override Task PrepareAsync(MlflowCalls client) => Task.CompletedTask;

    protected override async Task WriteAsync(MlflowCalls client, int number)
    {
        if (number % BatchesARun == 0)
            _runs.Add(await client.NewRunAsync());
        await client.PostAsync("mlflow/runs/log-batch", new
        {
            run_id = _runs[^1],
            @params = Enumerable.Range(0, Params).Select(p => new { key = $"p{(number * Params) + p}", value = ValueOf((number * Params) + p) }),
        });
    }

    protected override async Task<IEnumerable<int>> FindAsync(MlflowCalls client)
    {
        var whole = new Dictionary<int, int>();
        foreach (string run in _runs)
        {
            foreach (int param in Numbers.Of((await client.RunAsync(run)).GetProperty("data"), "params", "p", ValueOf))
                whole[param / Params] = whole.GetValueOrDefault(param / Params) + 1;
        }

        Assert.All(whole.Values, count => Assert.Equal(Params, count));
        return whole.Keys;
    }

    private static string ValueOf(int number) => new((char)('a' + (number % 26)), 6_000);
}

/// <summary>Points of a run that is longer than a row of the store: its document stays as it is, behind them, until there are many.</summary>
internal sealed class WrittenPoints : RunWrites
{
    protected override async Task PrepareAsync(MlflowCalls client)
    {
        await base.PrepareAsync(client);
        for (int batch = 0; batch < 2; batch++)
            await client.PostAsync("mlflow/runs/log-batch", new { run_id = Run, @params = Enumerable.Range(0, 100).Select(p => new { key = $"p{batch}-{p}", value = new string('v', 6_000) }) });
    }

    protected override Task WriteAsync(MlflowCalls client, int number) =>
        client.PostAsync("mlflow/runs/log-metric", new { run_id = Run, key = "m", value = 1.5 * number, timestamp = 1_700_000_000_000 + number, step = number });

    protected override async Task<IEnumerable<int>> FindAsync(MlflowCalls client)
    {
        int[] steps = [.. MlflowCalls.List(await client.GetAsync($"mlflow/metrics/get-history?run_id={Run}&metric_key=m"), "metrics").Select(point => point.GetProperty("step").GetInt32())];
        JsonElement data = await DataAsync(client);
        Assert.Equal(200, MlflowCalls.List(data, "params").Count);
        Assert.Equal(steps.TakeLast(1), MlflowCalls.List(data, "metrics").Select(metric => metric.GetProperty("step").GetInt32()));
        return steps;
    }
}

internal sealed class WrittenInputs : RunWrites
{
    protected override Task WriteAsync(MlflowCalls client, int number) => client.PostAsync("mlflow/runs/log-inputs", new
    {
        run_id = Run,
        datasets = new[] { new { dataset = new { name = "rows", digest = $"{number}", source_type = "local", source = "{}", schema = SchemaOf(number) } } },
    });

    protected override async Task<IEnumerable<int>> FindAsync(MlflowCalls client)
    {
        JsonElement[] datasets = [.. MlflowCalls.List((await client.RunAsync(Run)).GetProperty("inputs"), "dataset_inputs").Select(input => input.GetProperty("dataset"))];
        Assert.All(datasets, dataset => Assert.Equal(SchemaOf(Numbers.Of(MlflowCalls.Text(dataset, "digest"))), MlflowCalls.Text(dataset, "schema")));
        return datasets.Select(dataset => Numbers.Of(MlflowCalls.Text(dataset, "digest")));
    }

    private static string SchemaOf(int number) => new((char)('a' + (number % 26)), 30_000);
}

internal static class Numbers
{
    public static int Of(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    /// <summary>Of the keys that are a prefix and a number, whose values are asserted.</summary>
    public static IEnumerable<int> Of(JsonElement data, string list, string prefix, Func<int, string> value)
    {
        foreach (JsonElement pair in MlflowCalls.List(data, list))
        {
            string key = MlflowCalls.Text(pair, "key");
            if (!key.StartsWith(prefix, StringComparison.Ordinal) || !int.TryParse(key.AsSpan(prefix.Length), CultureInfo.InvariantCulture, out int number))
                continue;
            Assert.Equal(value(number), MlflowCalls.Text(pair, "value"));
            yield return number;
        }
    }
}
