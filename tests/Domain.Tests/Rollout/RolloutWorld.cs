using Microsoft.Extensions.Logging.Abstractions;
using MlOps.Contracts;
using MlOps.Domain.Registry;
using MlOps.Domain.Rollout;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Log;
using MlOps.Domain.Tests.Serving;
using MlOps.Domain.Workflows;
using MlOps.Embedded.Workflows;

namespace MlOps.Domain.Tests.Rollout;

/// <summary>Rollouts of a model 'churn' on a real engine, under traffic that a test describes.</summary>
internal sealed class RolloutWorld : IAsyncDisposable
{
    private readonly Func<WorkflowCatalog, WorkflowCatalog> _alter;
    private readonly Dictionary<int, Behaviour> _behaviours = [];
    private readonly CountedIds _ids = new();
    private int _units;

    private RolloutWorld(Func<WorkflowCatalog, WorkflowCatalog> alter, PredictionLogOptions? log)
    {
        _alter = alter;
        Serving = new ServingWorld(logOptions: log);
    }

    public static CancellationToken None => CancellationToken.None;

    /// <summary>Ten seconds of bake and twenty requests a step.</summary>
    public static RolloutPolicy Policy { get; } = new() { Bake = TimeSpan.FromSeconds(10), MinRequests = 20, Deadline = TimeSpan.FromHours(1) };

    public ServingWorld Serving { get; }

    public JournaledEngine Engine { get; private set; } = null!;

    public Rollouts Rollouts { get; private set; } = null!;

    public static async Task<RolloutWorld> OpenAsync(int versions, Func<WorkflowCatalog, WorkflowCatalog>? alter = null, PredictionLogOptions? log = null)
    {
        var world = new RolloutWorld(alter ?? (catalog => catalog), log);
        await world.StartAsync();
        for (int i = 0; i < versions; i++)
            await world.Serving.RegisterAsync("churn", FakeModel.Constant(0.5));
        return world;
    }

    /// <summary>A world whose version 1 is the champion.</summary>
    public static async Task<RolloutWorld> WithChampionAsync(int versions = 2, Func<WorkflowCatalog, WorkflowCatalog>? alter = null, PredictionLogOptions? log = null)
    {
        RolloutWorld world = await OpenAsync(versions, alter, log);
        await world.EndAsync(await world.BeginAsync(1, new RolloutPolicy { Strategy = RolloutStrategy.Direct }));
        return world;
    }

    public static WorkflowCatalog Catalog(ServingWorld world) =>
        new WorkflowCatalog().AddRollout(world.Tables, world.Endpoints, world.Registry, world.Models, Sources(world), world.Time, NullLogger.Instance);

    public static RolloutSources Sources(ServingWorld world) => new(world.Stats, world.Log, world.Feedback, world.Versions, world.Exposures, world.Policies);

    public async Task StartAsync()
    {
        Engine = new JournaledEngine(Serving.Tables, _alter(Catalog(Serving)), Serving.Time, NullLogger.Instance);
        await Engine.StartAsync(None);
        Rollouts = new Rollouts(
            Serving.Tables, Serving.Endpoints, Serving.Registry, Serving.Models, Sources(Serving), Engine, _ids, Serving.Time, NullLogger.Instance);
    }

    /// <summary>As another process on the same store sees them.</summary>
    public Rollouts Elsewhere() => new(
        Serving.Tables, new EndpointStore(Serving.Tables, Serving.Time), Serving.Registry, Serving.Models, Sources(Serving), Engine, _ids, Serving.Time, NullLogger.Instance);

    public async Task RestartAsync()
    {
        await Engine.DisposeAsync();
        await StartAsync();
    }

    /// <summary>How a version behaves from now on.</summary>
    public void Behave(int version, double failing = 0, double rejecting = 0, double milliseconds = 1) =>
        _behaviours[version] = new Behaviour(failing, rejecting, TimeSpan.FromMilliseconds(milliseconds));

    public async Task<string> BeginAsync(int version, RolloutPolicy policy)
    {
        string id = (await Rollouts.StartAsync("churn", version, policy, "ann", None)).Id;
        await Eventually.TrueAsync(async () => (await Serving.Endpoints.FindAsync("churn", None))?.RolloutId == id || await EndedAsync(id), "the rollout has begun");
        return id;
    }

    /// <summary>Begins a rollout in a freeze of some two hours.</summary>
    public async Task<string> FrozenAsync(int version, RolloutPolicy policy)
    {
        DateTime now = Serving.Time.GetUtcNow().UtcDateTime;
        string id = await BeginAsync(version, policy with { Freeze = [$"{now.Date.AddDays(-1):yyyy-MM-dd} - {EndOfFreeze(now):yyyy-MM-dd'T'HH:mm}"] });
        await PassUntilAsync(async () => (await Rollouts.GetAsync("churn", None)).Reason.StartsWith("frozen until", StringComparison.Ordinal), "it waits for the freeze's end", requestsASecond: 0);
        return id;
    }

    /// <summary>Begins a rollout in a freeze, pauses it, and lets the freeze end.</summary>
    public async Task<string> PausedInAFreezeAsync(int version, RolloutPolicy policy)
    {
        DateTime now = Serving.Time.GetUtcNow().UtcDateTime;
        string id = await FrozenAsync(version, policy);
        await Rollouts.PauseAsync("churn", "bob", null, None);
        await PassUntilAsync(async () => (await Rollouts.GetAsync("churn", None)).State == RolloutState.Paused, "it is paused", requestsASecond: 0);
        Serving.Time.Advance(EndOfFreeze(now) - now);
        return id;
    }

    private static DateTime EndOfFreeze(DateTime begun) => begun.Date.AddHours(begun.Hour + 2);

    /// <summary>Lets time pass, with requests or without, until the rollout has ended.</summary>
    public async Task<RolloutOutcome> EndAsync(string id, int requestsASecond = 20)
    {
        await PassUntilAsync(() => EndedAsync(id), "the rollout has ended", requestsASecond);
        WorkflowInstance instance = (await Engine.FindAsync(id, None))!;
        Assert.Null(instance.Failure);
        return WorkflowJson.Read<RolloutOutcome>(instance.Output!)!;
    }

    /// <summary>
    /// The workflow's end, or that of a command which waits for it. What failed in between is tried again by the clock, so somebody has to
    /// move it; only when nothing came of itself, for nobody's patience should end before the work does.
    /// </summary>
    public async Task<T> DoneAsync<T>(Task<T> waited)
    {
        await Serving.Time.AdvanceUntilAsync(waited, patience: TimeSpan.FromSeconds(1));
        return await waited;
    }

    public Task PassUntilAsync(Func<Task<bool>> condition, string what, int requestsASecond = 20) => Eventually.TrueAsync(async () =>
    {
        if (await condition())
            return true;
        await SendAsync(requestsASecond);
        Serving.Time.Advance(TimeSpan.FromSeconds(1));
        return false;
    }, what);

    public Task PassUntilPercentAsync(double percent, int requestsASecond = 20) =>
        PassUntilAsync(async () => (await Rollouts.GetAsync("churn", None)).Percent == percent, $"the rollout is at {percent} %", requestsASecond);

    public async Task PassAsync(int seconds, int requestsASecond = 20)
    {
        for (int i = 0; i < seconds; i++)
        {
            await SendAsync(requestsASecond);
            Serving.Time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    /// <summary>Asks as many units by the predictor, so that they are logged, and says the truth of each at once.</summary>
    public Task AskAsync(int units, string? truth) => AskAsync(units, (id, _) => truth is null ? null : new Feedback(id, 0, truth));

    /// <param name="feedback">By the request's id, and the version that answered.</param>
    public async Task AskAsync(int units, Func<string, int, Feedback?> feedback)
    {
        Serving.Time.Advance(TimeSpan.FromSeconds(5));
        for (int i = 0; i < units; i++)
        {
            string id = $"asked-{_units++}";
            int version = (await Serving.PredictAsync(id)).Version;
            if (feedback(id, version) is { } item)
                await Serving.Feedback.AddAsync("churn", [item], None);
        }
    }

    public async Task<IReadOnlyDictionary<string, int>> AliasesAsync() => (await Serving.Registry.GetModelAsync("churn", None)).Aliases;

    public async Task<string> TrafficAsync() => TrafficSplit.Format((await Serving.Endpoints.GetAsync("churn", None)).Traffic);

    /// <summary>Every state the traffic was in, oldest first, repeated ones once.</summary>
    public async Task<List<string>> TrafficHistoryAsync()
    {
        List<string> states = await Serving.Endpoints.HistoryAsync("churn", None).Select(h => TrafficSplit.Format(h.Traffic)).ToListAsync();
        states.Reverse();
        return [.. states.Where((s, i) => i == 0 || s != states[i - 1])];
    }

    public async Task<List<RolloutDecision>> DecisionsAsync(string id) => await Rollouts.DecisionsAsync("churn", id, None).ToListAsync();

    public async Task<List<string>> AliasEventsAsync() => await Serving.Registry.ListEventsAsync("churn", None)
        .Where(e => e.Alias is not null).Select(e => $"{e.Alias}={e.Version}").Reverse().ToListAsync();

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        await Serving.DisposeAsync();
    }

    private async Task<bool> EndedAsync(string id) => await Engine.FindAsync(id, None) is { State: not WorkflowState.Running };

    private async Task SendAsync(int requests)
    {
        Endpoint? endpoint = await Serving.Endpoints.FindAsync("churn", None);
        for (int i = 0; i < requests && endpoint?.VersionFor($"unit-{_units}") is { } version; i++)
            Send(version, _units++);
    }

    private void Send(int version, int unit)
    {
        Behaviour behaviour = _behaviours.GetValueOrDefault(version, new Behaviour(0, 0, TimeSpan.FromMilliseconds(1)));
        double draw = StickyBucket.Of("draw", unit.ToString(System.Globalization.CultureInfo.InvariantCulture)) / 10_000.0;
        if (draw < behaviour.Rejecting)
            Serving.Stats.Rejected("churn", version);
        else if (draw < behaviour.Rejecting + behaviour.Failing)
            Serving.Stats.Failed("churn", version);
        else
            Serving.Stats.Answered("churn", version, behaviour.Latency);
    }

    /// <summary>A rollout's id decides which units meet the new version: the same ones in every run of a test.</summary>
    private sealed class CountedIds : IIdSource
    {
        private int _last;

        public string NewId() => $"{Interlocked.Increment(ref _last):x32}";
    }

    private sealed record Behaviour(double Failing, double Rejecting, TimeSpan Latency);
}
