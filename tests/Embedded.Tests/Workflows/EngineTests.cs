using Microsoft.Extensions.Logging.Abstractions;
using MlOps.Contracts;
using MlOps.Contracts.Workflows;
using MlOps.Domain.Storage;
using MlOps.Domain.Workflows;
using MlOps.Embedded.Workflows;

namespace MlOps.Embedded.Tests.Workflows;

/// <summary>What is the journaled engine's own: stopping, fencing, its turns.</summary>
public sealed class EngineTests
{
    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task Stop_CancelsActivitiesAndLeavesThemOpen()
    {
        var calls = new Calls();
        calls.Hold("a");
        await using EngineFixture engine = await OpenAsync(calls, (c, input) => c.CallActivityAsync<string>("echo", input));
        await engine.Client.StartAsync("w", "a", "i", None);
        await calls.MadeAsync("a");
        await engine.StopAsync();
        MlOpsException e = await Assert.ThrowsAsync<MlOpsException>(() => engine.Client.StartAsync("w", "a", "j", None));
        Assert.Equal("engine-stopped", e.Code);
        calls.Release("a");
        await engine.StartAsync();
        Assert.Equal("\"A\"", (await engine.EndAsync()).Output);
        Assert.Equal([1, 1], calls.AttemptsOf("a"));
    }

    [Fact]
    public async Task Wait_WhileTheEngineStops_IsToldSo()
    {
        await using EngineFixture engine = await OpenAsync(new Calls(), (c, _) => c.WaitForEventAsync<string>("e", None));
        await engine.Client.StartAsync("w", "a", "i", None);
        Task<WorkflowInstance> wait = engine.Client.WaitAsync("i", None);
        await engine.StopAsync();
        Assert.Equal("engine-stopped", (await Assert.ThrowsAsync<MlOpsException>(() => wait)).Code);
        await engine.StartAsync();
    }

    [Fact]
    public async Task SecondEngine_OnTheSameStore_IsFencedOff()
    {
        var calls = new Calls();
        WorkflowCatalog catalog = Catalog(calls, async (c, input) =>
            await c.WaitForEventAsync<string>("e", None) + await c.WaitForEventAsync<string>("e", None) + await c.CallActivityAsync<string>("echo", input));
        await using EngineFixture first = await EngineFixture.OpenAsync(catalog);
        await first.Client.StartAsync("w", "a", "i", None);
        await Eventually.TrueAsync(async () => await WorkflowHistory.ExportAsync(first.Tables, "i", None) is { } h && h.Contains("\"event\"", StringComparison.Ordinal), "it waits");
        await using var second = new JournaledEngine(first.Tables, catalog, first.Clock, NullLogger.Instance);
        await second.StartAsync(None);
        await second.RaiseEventAsync("i", "e", "1", "e1", None);
        MlOpsException e = await Assert.ThrowsAsync<MlOpsException>(() => first.RaiseAsync("e", "2", "e2"));
        Assert.Equal("entity-changed", e.Code);
        await first.RaiseAsync("e", "2", "e2");
        Assert.Equal("\"12A\"", (await first.EndAsync()).Output);
        Assert.Single(calls.Inputs);
    }

    [Fact]
    public async Task Export_WhileTheInstanceGoesOn_IsAHistoryThatItHad()
    {
        await using EngineFixture engine = await OpenAsync(new Calls(), async (c, input) =>
        {
            for (int i = 0; i < 40; i++)
                input = await c.CallActivityAsync<string>("echo", input);
            return input;
        });
        await engine.Client.StartAsync("w", "a", "i", None);
        Task<WorkflowInstance> end = engine.EndAsync();
        do
            Assert.Contains("\"started\"", await WorkflowHistory.ExportAsync(engine.Tables, "i", None), StringComparison.Ordinal);
        while (!end.IsCompleted);

        Assert.Equal("\"A\"", (await end).Output);
    }

    [Fact]
    public async Task ManyInstances_AtOnce_AllEnd()
    {
        var calls = new Calls();
        await using EngineFixture engine = await OpenAsync(calls, async (c, input) =>
            string.Concat(await c.FanOutAsync([1, 2, 3, 4], 2, i => c.CallActivityAsync<string>("echo", $"{input}.{i}"))));
        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => engine.Client.StartAsync("w", $"x{i}", $"i{i}", None)));
        WorkflowInstance[] ended = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => engine.Client.WaitAsync($"i{i}", None)));
        Assert.All(ended, (e, i) => Assert.Equal($"\"X{i}.1X{i}.2X{i}.3X{i}.4\"", e.Output));
        Assert.Equal(400, calls.Inputs.Count);
    }

    [Fact]
    public async Task LongSequence_DoesNotDeepenTheStack()
    {
        await using EngineFixture engine = await OpenAsync(new Calls(), async (c, input) =>
        {
            for (int i = 0; i < 1_500; i++)
                await c.CallActivityAsync<string>("echo", "a");
            return await c.WaitForEventAsync<string>("e", None);
        });
        await engine.Client.StartAsync("w", "a", "i", None);
        await engine.RaiseAsync("e", "x");
        await engine.RestartAsync();
        Assert.Equal("\"x\"", (await engine.EndAsync()).Output);
    }

    [Fact]
    public async Task ForeignContinuation_WhileAStepIsOpen_FailsTheInstance()
    {
        var calls = new Calls();
        calls.Hold("a");
        var foreign = new TaskCompletionSource();
        await using EngineFixture engine = await OpenAsync(calls, async (c, input) =>
        {
            Task<string> step = c.CallActivityAsync<string>("echo", input);
            await foreign.Task;
            return await step;
        });
        await engine.Client.StartAsync("w", "a", "i", None);
        await calls.MadeAsync("a");
        foreign.SetResult();
        WorkflowInstance end = await engine.EndAsync();
        Assert.Equal("workflow-foreign-await", end.Failure!.Code);
    }

    [Fact]
    public async Task Context_UsedOffItsTurn_SaysSo()
    {
        await using EngineFixture engine = await OpenAsync(new Calls(), (c, input) => Task.Run(() => c.CallActivityAsync<string>("echo", input)));
        await engine.Client.StartAsync("w", "a", "i", None);
        WorkflowInstance end = await engine.EndAsync();
        Assert.Equal("workflow-foreign-await", end.Failure!.Code);
    }

    [Fact]
    public async Task Observer_SeesEachWriteFromBothSides()
    {
        var observer = new Recorder();
        await using EngineFixture engine = await EngineFixture.OpenAsync(
            Catalog(new Calls(), (c, input) => c.CallActivityAsync<string>("echo", input)), new JournaledEngineOptions { Observer = observer });
        await engine.RunAsync("w", "a");
        // Who waits is told of an end that is stored; what else is written of it may come after that.
        await engine.StopAsync();
        Assert.Equal(observer.Before.Order(), observer.After.Order());
        Assert.Equal(["i 0", "i 1", "i 2"], observer.Before.Where(p => p.StartsWith("journal", StringComparison.Ordinal)).Select(p => p[8..]));
        Assert.Equal(4, observer.Before.Count(p => p.StartsWith("index", StringComparison.Ordinal)));
        await engine.StartAsync();
    }

    [Fact]
    public async Task Wait_ForAnInstanceThatWasRerunBeforeItsFirstEndWasTold_IsToldOfTheNext()
    {
        var calls = new Calls();
        calls.Fail("a");
        using var observer = new HeldAfter("journal", 2);
        await using EngineFixture engine = await EngineFixture.OpenAsync(
            Catalog(calls, (c, input) => c.CallActivityAsync<string>("echo", input)), new JournaledEngineOptions { Observer = observer });
        await engine.Client.StartAsync("w", "a", "i", None);
        await Eventually.TrueAsync(async () => (await engine.StatusAsync()).State == WorkflowState.Failed, "the end is stored");
        calls.Mend("a");
        await engine.Client.RerunAsync("i", None);
        Task<WorkflowInstance> next = engine.Client.WaitAsync("i", None);
        observer.Release();
        Assert.Equal("\"A\"", (await next).Output);
    }

    [Fact]
    public async Task Wait_ThatReadTheEndBeforeARerun_TellsItToNobodyWhoBeganToWaitAfterThat()
    {
        var calls = new Calls();
        calls.Fail("a");
        await using EngineFixture store = await EngineFixture.OpenAsync(new WorkflowCatalog());
        var tables = new HeldRead(store.Tables);
        await using var engine = new JournaledEngine(tables, Catalog(calls, (c, input) => c.CallActivityAsync<string>("echo", input)), store.Clock, NullLogger.Instance);
        await engine.StartAsync("w", "a", "i", None);
        Assert.Equal(WorkflowState.Failed, (await engine.WaitAsync("i", None)).State);
        calls.Mend("a");
        calls.Hold("a");

        Task<WorkflowInstance> before = tables.HoldAsync(() => engine.WaitAsync("i", None));
        await tables.Held;
        await engine.RerunAsync("i", None);
        Task<WorkflowInstance> after = engine.WaitAsync("i", None);
        tables.Release();
        calls.Release("a");

        Assert.Equal("\"A\"", (await after).Output);
        Assert.Equal("\"A\"", (await before).Output);
    }

    private static WorkflowCatalog Catalog(Calls calls, Func<IWorkflowContext, string, Task<string>> run) =>
        new WorkflowCatalog().Add(calls.Echo).Add(new InlineWorkflow<string, string>("w", run));

    private static Task<EngineFixture> OpenAsync(Calls calls, Func<IWorkflowContext, string, Task<string>> run) => EngineFixture.OpenAsync(Catalog(calls, run));

    /// <summary>Holds the engine up right after a write.</summary>
    private sealed class HeldAfter(string what, long sequence) : IJournalObserver, IDisposable
    {
        private readonly ManualResetEventSlim _gate = new();

        public void Release() => _gate.Set();

        public void BeforeWrite(JournalPoint point)
        {
        }

        public void AfterWrite(JournalPoint point)
        {
            if (point.What == what && point.Sequence == sequence)
                _gate.Wait();
        }

        public void Dispose()
        {
            _gate.Set();
            _gate.Dispose();
        }
    }

    /// <summary>A store one of whose reads comes late, with what it has read by then.</summary>
    private sealed class HeldRead(IEntityTable inner) : IEntityTable
    {
        private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly AsyncLocal<bool> _isHolder = new();

        /// <summary>It has read.</summary>
        public Task Held => _held.Task;

        /// <summary>A call whose first read is that one.</summary>
        public async Task<T> HoldAsync<T>(Func<Task<T>> call)
        {
            _isHolder.Value = true;
            return await call();
        }

        public void Release() => _gate.SetResult();

        public async Task<Entity?> FindAsync(string table, EntityKey key, CancellationToken cancellationToken)
        {
            Entity? row = await inner.FindAsync(table, key, cancellationToken);
            if (!_isHolder.Value || !_held.TrySetResult())
                return row;
            await _gate.Task.WaitAsync(cancellationToken);
            return row;
        }

        public Task<EntityPage> QueryAsync(string table, string partition, EntityRange range, CancellationToken cancellationToken) =>
            inner.QueryAsync(table, partition, range, cancellationToken);

        public Task<IReadOnlyList<string>> WriteAsync(string table, IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken) =>
            inner.WriteAsync(table, writes, cancellationToken);
    }

    private sealed class Recorder : IJournalObserver
    {
        private readonly Lock _lock = new();

        public List<string> Before { get; } = [];

        public List<string> After { get; } = [];

        public void BeforeWrite(JournalPoint point) => Add(Before, point);

        public void AfterWrite(JournalPoint point) => Add(After, point);

        private void Add(List<string> to, JournalPoint point)
        {
            lock (_lock)
                to.Add($"{point.What} {point.InstanceId} {point.Sequence}");
        }
    }
}
