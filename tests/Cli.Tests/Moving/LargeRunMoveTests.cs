using MlOps.Domain.Experiments;

namespace MlOps.Cli.Tests.Moving;

/// <summary>A run whose params, tags and metrics take more than a call of MLflow's may have, or a row of the store holds.</summary>
public sealed class LargeRunMoveTests(TwoServers servers) : MoveTest(servers)
{
    private static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000);

    [Fact]
    public async Task Import_OfALargeRun_CopiesAllOfIt_AndOnce()
    {
        await FillAsync(There, "large-in", "large in");

        Cli first = await ImportFromThereAsync("large in");
        Cli second = await ImportFromThereAsync("large in");
        await There.SetTagsAsync("large-in", new Dictionary<string, string> { ["t7"] = "changed" }, default);
        Cli changed = await ImportFromThereAsync("large in");

        Assert.Equal(((1, 0, 0), (0, 1, 0), (1, 0, 0)), (Counts(first), Counts(second), Counts(changed)));
        Run copy = await Here.GetRunAsync("large-in", default);
        Assert.Equal("changed", copy.Tags["t7"]);
        await AssertCopyAsync(await There.GetRunAsync("large-in", default), copy, Here);
    }

    [Fact]
    public async Task Export_OfALargeRun_CopiesAllOfIt()
    {
        await FillAsync(Here, "large-out", "large out");

        Cli run = await ExportAsync("large out");

        Assert.Equal((0, (1, 0, 0)), (run.ExitCode, Counts(run)));
        Run copy = Assert.Single(await There.ListRunsAsync("large out", default).ToListAsync());
        await AssertCopyAsync(await Here.GetRunAsync("large-out", default), copy, There);
    }

    private static async Task FillAsync(ExperimentTracker tracker, string id, string experiment)
    {
        await tracker.StartRunAsync(new RunStart(id, experiment, "large", RunLineage.None, RunChanges.NoTexts), default);
        await tracker.LogAsync(id, new RunChanges { Params = Texts("p", 300, 6_000), Tags = Texts("t", 60, 5_000).ToDictionary(t => t.Key, t => (string?)t.Value) }, default);
        await tracker.LogMetricsAsync(id, [.. Enumerable.Range(0, 3_000).Select(i => new MetricPoint($"metric {i}", i, 1, At))], default);
    }

    private static async Task AssertCopyAsync(Run original, Run copy, ExperimentTracker target)
    {
        Assert.Equal(original.Params, copy.Params);
        Assert.Equal(original.Tags, copy.Tags.Where(t => t.Key != "mlflow.runName" && !t.Key.StartsWith("mlops.source.", StringComparison.Ordinal)).ToDictionary());
        Assert.Equal(original.LatestMetrics, copy.LatestMetrics);
        Assert.Equal(3_000, copy.Metrics.Count);
        Assert.Equal(new MetricPoint("metric 2999", 2_999, 1, At), Assert.Single(await target.MetricHistoryAsync(copy.Id, "metric 2999", default)));
    }

    private static Dictionary<string, string> Texts(string prefix, int count, int chars) => Enumerable.Range(0, count).ToDictionary(i => $"{prefix}{i}", i => $"{prefix}{i} \"é\" ".PadRight(chars, 'x'));
}
