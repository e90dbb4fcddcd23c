using MlOps.Domain.Rollout;
using MlOps.Domain.Tests.Serving;
using MlOps.Domain.Workflows;
using MlOps.Embedded.Workflows;

namespace MlOps.Domain.Tests.Rollout;

/// <summary>Histories of rollouts that earlier code ran, replayed by today's: a running rollout must survive an upgrade.</summary>
public sealed class RolloutHistoryTests : IAsyncLifetime
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Rollout", "Histories");

    private readonly ServingWorld _serving = new();

    public static TheoryData<string> Committed => [.. Directory.EnumerateFiles(Folder, "*.json").Select(f => Path.GetFileName(f)!).Order()];

    [Theory]
    [MemberData(nameof(Committed))]
    public void Replay_OfACommittedHistory_FitsTheCode(string file) =>
        WorkflowHistory.Replay(RolloutWorld.Catalog(_serving), File.ReadAllText(Path.Combine(Folder, file)));

    [Fact]
    public void Replay_OfAChangedHistory_IsNoticed()
    {
        string history = File.ReadAllText(Path.Combine(Folder, "canary-1.json")).Replace("rollout-share", "rollout-sharing", StringComparison.Ordinal);

        MlOpsException e = Assert.Throws<MlOpsException>(() => WorkflowHistory.Replay(RolloutWorld.Catalog(_serving), history));

        Assert.Equal("workflow-changed", e.Code);
    }

    /// <summary>Where new histories come from: what this writes beside the tests is looked at and committed under Histories.</summary>
    [Theory]
    [InlineData("canary-3.json", RolloutState.Promoted)]
    [InlineData("approved-3.json", RolloutState.Promoted)]
    [InlineData("breach-3.json", RolloutState.RolledBack)]
    [InlineData("deadline-3.json", RolloutState.RolledBack)]
    [InlineData("held-3.json", RolloutState.Promoted)]
    public async Task Export_OfARolloutOfToday_IsReplayedAndIsCommitted(string file, RolloutState state)
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();
        RolloutPolicy policy = RolloutWorld.Policy with { Deadline = TimeSpan.FromMinutes(1) };
        if (file == "breach-3.json")
            world.Behave(2, failing: 0.5);
        string id = file == "held-3.json"
            ? await world.PausedInAFreezeAsync(2, policy)
            : await world.BeginAsync(2, file == "approved-3.json" ? policy with { Approval = RolloutApproval.Manual, Steps = [50] } : policy);
        if (file == "held-3.json")
            await world.Rollouts.ResumeAsync("churn", "bob", null, CancellationToken.None);
        if (file == "approved-3.json")
            await world.Rollouts.ApproveAsync("churn", "bob", null, CancellationToken.None);
        RolloutOutcome outcome = await world.EndAsync(id, file == "deadline-3.json" ? 0 : 100);

        string history = await WorkflowHistory.ExportAsync(world.Serving.Tables, id, CancellationToken.None);

        Assert.Equal(state, outcome.State);
        WorkflowHistory.Replay(RolloutWorld.Catalog(world.Serving), history);
        string fresh = Path.Combine(AppContext.BaseDirectory, file);
        if (!Committed.Contains(file))
            await File.WriteAllTextAsync(fresh, history + "\n");
        Assert.True(Committed.Contains(file), $"no history {file} is committed; {fresh} is one: look at it and commit it under Rollout/Histories");
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _serving.DisposeAsync();
}
