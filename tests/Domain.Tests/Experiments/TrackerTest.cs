using MlOps.Domain.Experiments;

namespace MlOps.Domain.Tests.Experiments;

/// <summary>A tracker on real stores, and short ways to say what a test logs.</summary>
public abstract class TrackerTest : IAsyncLifetime
{
    protected TrackerTest() => Tracker = NewTracker();

    internal EmbeddedStores Stores { get; } = new();

    internal ExperimentTracker Tracker { get; }

    /// <summary>What another process would have.</summary>
    internal ExperimentTracker NewTracker() => new(Stores.Tables, Stores.Blobs, Stores.Time);

    protected static CancellationToken None => CancellationToken.None;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await Stores.DisposeAsync();

    internal Task<Run> StartAsync(string runId, string experiment = "churn", string name = "a run") =>
        Tracker.StartRunAsync(new RunStart(runId, experiment, name, RunLineage.None, RunChanges.NoTexts), None);

    internal MetricPoint Point(string name, double value, long step = 0, int milliseconds = 0) =>
        new(name, value, step, Stores.Time.GetUtcNow().AddMilliseconds(milliseconds));

    protected static Dictionary<string, string> Texts(params (string Name, string Value)[] pairs) => pairs.ToDictionary(p => p.Name, p => p.Value);

    protected static async Task<MlOpsException> FailsAsync(ErrorKind kind, string code, Func<Task> act)
    {
        MlOpsException e = await Assert.ThrowsAsync<MlOpsException>(act);
        Assert.Equal((kind, code), (e.Kind, e.Code));
        return e;
    }
}
