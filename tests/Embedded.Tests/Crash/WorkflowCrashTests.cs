using Microsoft.Extensions.Logging.Abstractions;
using MlOps.CrashHost;
using MlOps.Domain.Workflows;
using MlOps.Embedded.Storage;
using MlOps.Embedded.Workflows;

namespace MlOps.Embedded.Tests.Crash;

/// <summary>A process that runs a workflow is killed at each point of its journal; a second one must come to the same end, each effect done once.</summary>
[Collection(Alone.Name)]
public sealed class WorkflowCrashTests
{
    [Fact]
    public async Task Kill_AtEachJournalPoint_ChangesNothing()
    {
        int points = await CrashPoints.KillAtEachAsync("workflow", directory => WorkflowLoad.RunAsync(directory, null), CheckAsync);
        Assert.InRange(points, 40, 200);
    }

    private static async Task CheckAsync(string directory, int point)
    {
        await using SqliteEntityTable tables = WorkflowLoad.Open(directory);
        await using var engine = new JournaledEngine(tables, new WorkflowCatalog(), TimeProvider.System, NullLogger.Instance);
        WorkflowInstance end = (await engine.FindAsync(WorkflowLoad.Instance, default))!;
        Assert.True(end is { State: WorkflowState.Completed, Output: WorkflowLoad.Outcome }, $"point {point}: {end}");

        var effects = new Effects(tables);
        Assert.Equal(WorkflowLoad.EffectNames, await effects.NamesAsync());
        List<string> attempts = await effects.AttemptsAsync();
        Assert.Equal(WorkflowLoad.EffectNames, attempts.Distinct());
        Assert.True(attempts.GroupBy(a => a).All(a => a.Count() <= 2), $"point {point}: one kill may repeat an attempt once, there were {string.Join(' ', attempts)}");
    }
}
