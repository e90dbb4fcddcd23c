using Microsoft.Extensions.Logging.Abstractions;
using MlOps.Contracts;
using MlOps.Contracts.Workflows;
using MlOps.Domain.Workflows;
using MlOps.Embedded.Storage;
using MlOps.Embedded.Workflows;

namespace MlOps.Embedded.Tests.Workflows;

/// <summary>A store that fails at any one write of the engine costs a delay, never a result.</summary>
public sealed class FaultTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Write_ThatFails_IsMadeGood(bool afterWriting)
    {
        int writes = 1;
        for (int failAt = 0; failAt < writes; failAt++)
            writes = await RunAsync(failAt, afterWriting);
        Assert.True(writes > 8, $"only {writes} writes");
    }

    private static async Task<int> RunAsync(int failAt, bool afterWriting)
    {
        using var directory = new TempDirectory();
        var clock = new ManualTimeProvider();
        var calls = new Calls();
        await using var sqlite = new SqliteEntityTable(directory["store.db"], clock);
        var tables = new FaultyTables(sqlite) { FailAt = failAt, AfterWriting = afterWriting };
        await using var engine = new JournaledEngine(tables, CatalogOf(calls), clock, NullLogger.Instance);
        await RetryAsync(() => engine.StartAsync("w", "a", "i", CancellationToken.None));
        await RetryAsync(() => engine.RaiseEventAsync("i", "e", "E", "e1", CancellationToken.None));
        Task<WorkflowInstance> ended = engine.WaitAsync("i", CancellationToken.None);
        await clock.AdvanceUntilAsync(ended, TimeSpan.FromMilliseconds(2));
        Assert.True((await ended).Output == "\"ABE\"", $"write {failAt}: {await ended}");
        Assert.All(calls.Inputs.Distinct(), input => Assert.Single(calls.KeysOf(input).Distinct()));
        return tables.Writes;
    }

    private static WorkflowCatalog CatalogOf(Calls calls) => new WorkflowCatalog()
        .Add(calls.Echo)
        .Add(new InlineWorkflow<string, string>("child", (c, input) => c.CallActivityAsync<string>("echo", input)))
        .Add(new InlineWorkflow<string, string>("w", async (c, input) =>
            await c.CallActivityAsync<string>("echo", input) + await c.CallWorkflowAsync<string>("child", "b") + await c.WaitForEventAsync<string>("e", CancellationToken.None)));

    /// <summary>What a client does when the store fails: the calls are safe to repeat.</summary>
    private static async Task RetryAsync(Func<Task> call)
    {
        try
        {
            await call();
        }
        catch (IOException)
        {
            await call();
        }
    }
}
