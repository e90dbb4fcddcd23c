using MlOps.Domain.Monitoring;
using MlOps.Domain.Serving.Log;
using MlOps.Domain.Tests.Pipelines;

namespace MlOps.Domain.Tests.Monitoring;

/// <summary>Checks of a log that has neither all requests nor all features say so.</summary>
public sealed class SampledLogTests
{
    private const string Watch = """
        serving:
          log: { sample: 50%, redact: { region: hash } }
        monitoring:
          drift: { minRows: 50 }
          performance: { metric: auc, atLeast: 0.5, minRows: 50 }

        """;

    [Fact]
    public async Task Checks_OfASampledAndRedactedLog_SayWhatTheySaw()
    {
        await using ServedShop shop = await ServedShop.OpenAsync(Watch);
        await shop.SendAsync(80, 5, seed: 1_000);

        MonitorReport drift = (await shop.World.Monitors.CheckNowAsync("shop", ReportKind.Drift, default)).Report;
        MonitorReport performance = (await shop.World.Monitors.CheckNowAsync("shop", ReportKind.Performance, default)).Report;
        long logged = drift.Rows / 5;

        Assert.InRange(logged, 20, 60);
        Assert.Equal((5 * logged, 0.5, 10 * logged), (drift.Rows, drift.Sample, drift.Predictions));
        Assert.Equal(["region"], drift.Redacted);
        Assert.Equal(
            $"none of 2 columns drifted over {5 * logged} logged predictions (a sample of 50 % of about {10 * logged}); not compared, for the log redacts them: region",
            drift.Summary);
        Assert.Equal((5 * logged, 0.5, 10 * logged), (performance.Rows, performance.Sample, performance.Predictions));
        Assert.Contains($"over {5 * logged} logged predictions (a sample of 50 % of about {10 * logged}) with truth", performance.Summary, StringComparison.Ordinal);

        await shop.World.Platform.LogPolicies.SetAsync("shop", new LogPolicy { Off = true }, "ann", default, revision: 1);
        MonitorReport none = await NothingSinceAsync(shop);
        Assert.Equal(ReportStatus.NotEnoughRows, none.Status);
        Assert.EndsWith("; the prediction log is off", none.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sample_OfAWindowLoggedAtTwoShares_IsThinnedToTheSmallerOne()
    {
        await using var world = new Serving.ServingWorld();
        string[] ids = [.. Enumerable.Range(0, 400).Select(i => $"r{i}")];
        foreach (string id in ids)
        {
            double share = id.Length % 2 == 0 ? 0.25 : 1;
            var rule = new LogRule(new LogPolicy { Sample = share }, []);
            if (rule.Takes(id))
                world.Log.Append(new PredictionRecord("m", 1, id, world.Time.GetUtcNow(), new RecordedRows(Serving.ServingWorld.Rows(1)), new(Learning.Trainers.LearningTask.Regression, [], [1]), rule));
        }

        PredictionSample sample = await PredictionSample.TakeAsync(world.Log, "m", DateTimeOffset.MinValue, DateTimeOffset.MaxValue, default);

        string[] expected = [.. ids.Where(id => RequestSample.Takes(0.25, id))];
        Assert.Equal(expected, sample.Rows.Select(r => r.RequestId));
        Assert.Equal((0.25, (long)expected.Length), (sample.Share, sample.Total));
        Assert.InRange(sample.Predictions, 330, 470);
    }

    private static async Task<MonitorReport> NothingSinceAsync(ServedShop shop)
    {
        await shop.World.Monitors.SetPolicyAsync(new MonitorPolicy { Model = "shop", Owner = "test", Drift = new DriftPolicy { MinRows = 1_000_000 } }, default);
        return (await shop.World.Monitors.CheckNowAsync("shop", ReportKind.Drift, default)).Report;
    }
}
