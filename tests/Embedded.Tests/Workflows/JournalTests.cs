using MlOps.Contracts;
using MlOps.Contracts.Workflows;
using MlOps.Domain.Storage;
using MlOps.Domain.Workflows;
using MlOps.Embedded.Workflows;

namespace MlOps.Embedded.Tests.Workflows;

/// <summary>What the journal looks like on the store, and what becomes of a damaged or half-written one.</summary>
public sealed class JournalTests : IAsyncLifetime
{
    private readonly Calls _calls = new();
    private EngineFixture? _fixture;

    private EngineFixture Engine => _fixture!;

    private static CancellationToken None => CancellationToken.None;

    public async Task InitializeAsync() => _fixture = await EngineFixture.OpenAsync(new WorkflowCatalog()
        .Add(_calls.Echo)
        .Add(new InlineWorkflow<int, string>("loop", async (c, n) =>
        {
            if (n < 60)
                c.ContinueAsNew(n + 1);
            else
                await c.WaitForEventAsync<string>("e", None);
            return "";
        }))
        .Add(new InlineWorkflow<string, string>("w", async (c, input) =>
            await c.CallActivityAsync<string>("echo", input) + await c.WaitForEventAsync<string>("e", None))));

    public async Task DisposeAsync() => await Engine.DisposeAsync();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Resume_WithALostEvent_FailsTheInstanceAndSaysSo(int lost)
    {
        await StartWaitingAsync();
        await WhileStoppedAsync(EntityWrite.Delete(new("i", JournalCodec.RowOf(0, lost))));
        await ReportedAsync();
    }

    [Theory]
    [InlineData("kind", "nonsense")]
    [InlineData("kind", "99")]
    [InlineData("at", null)]
    [InlineData("stepKind", null)]
    public async Task Resume_WithADamagedEvent_FailsTheInstanceAndSaysSo(string property, string? value)
    {
        await StartWaitingAsync();
        var row = new EntityKey("i", JournalCodec.RowOf(0, 1));
        Entity entity = (await Engine.Tables.FindAsync(JournalStore.Table, row, None))!;
        entity[property] = value;
        await WhileStoppedAsync(EntityWrite.Upsert(entity));
        await ReportedAsync();
    }

    [Fact]
    public async Task Rerun_OnceTheJournalIsMended_GoesOn()
    {
        await StartWaitingAsync();
        Entity lost = (await Engine.Tables.FindAsync(JournalStore.Table, new("i", JournalCodec.RowOf(0, 2)), None))!;
        await WhileStoppedAsync(EntityWrite.Delete(lost.Key));
        await ReportedAsync();
        await Engine.Tables.WriteAsync(JournalStore.Table, EntityWrite.Upsert(lost), None);
        await Engine.Client.RerunAsync("i", None);
        await Engine.RaiseAsync("e", "!");
        Assert.Equal("\"A!\"", (await Engine.EndAsync()).Output);
        Assert.Single(_calls.Inputs);
    }

    [Fact]
    public async Task Resume_WithADamagedHeader_LeavesTheOthersAlone()
    {
        await StartWaitingAsync();
        Entity header = (await Engine.Tables.FindAsync(JournalStore.Table, new("i", InstanceHeader.Row), None))!;
        header["state"] = "Dreaming";
        await Engine.Client.StartAsync("w", "b", "j", None);
        await WhileStoppedAsync(EntityWrite.Upsert(header));
        await Engine.RaiseAsync("e", "!", null, "j");
        Assert.Equal("\"B!\"", (await Engine.EndAsync("j")).Output);
        MlOpsException e = await Assert.ThrowsAsync<MlOpsException>(() => Engine.Client.FindAsync("i", None));
        Assert.Equal("journal-corrupt", e.Code);
        Assert.Contains("'h' has 'Dreaming' as state", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ContinueAsNew_ManyTimes_LeavesOneGeneration()
    {
        await Engine.Client.StartAsync("loop", 0, "i", None);
        await Eventually.TrueAsync(async () => (await Engine.StatusAsync()).Input == "60", "the last generation runs");
        await Eventually.TrueAsync(async () => (await RowsAsync("i")).Count == 3, "header, start and wait are all there is");
    }

    [Fact]
    public async Task Start_CutOffAfterTheIndex_IsMended()
    {
        var index = new InstanceIndex(Engine.Tables, new(Engine.Tables, null));
        await index.AddAsync(new OpenInstance("ghost", "w", Engine.Clock.GetUtcNow()), None);
        await Engine.RestartAsync();
        Assert.Empty(await Engine.Tables.ScanAsync(InstanceIndex.Table, "list", EntityRange.All, None).ToListAsync());
        Assert.Empty(await Engine.Tables.ScanAsync(InstanceIndex.Table, "open", EntityRange.All, None).ToListAsync());
        Assert.True(await Engine.Client.StartAsync("w", "a", "ghost", None));
    }

    [Fact]
    public async Task Purge_CutOff_IsFinishedAtTheNextStart()
    {
        await StartWaitingAsync();
        await Engine.RaiseAsync("e", "!");
        await Engine.EndAsync();
        await ClosedAsync();
        var index = new InstanceIndex(Engine.Tables, new(Engine.Tables, null));
        await index.OpenAsync(new OpenInstance("i", "w", (await Engine.StatusAsync()).CreatedAt, Purge: true), None);
        await WhileStoppedAsync(EntityWrite.Delete(new("i", JournalCodec.RowOf(0, 0))));
        Assert.Empty(await RowsAsync("i"));
        Assert.Empty(await Engine.Tables.ScanAsync(InstanceIndex.Table, "list-w", EntityRange.All, None).ToListAsync());
    }

    [Fact]
    public async Task End_RemovesTheOpenRow()
    {
        await StartWaitingAsync();
        Assert.Single(await Engine.Tables.ScanAsync(InstanceIndex.Table, "open", EntityRange.All, None).ToListAsync());
        await Engine.RaiseAsync("e", "!");
        await Engine.EndAsync();
        await ClosedAsync();
    }

    /// <summary>An end is told of as soon as it is stored, the row may go after that.</summary>
    private Task ClosedAsync() => Eventually.TrueAsync(
        async () => (await Engine.Tables.ScanAsync(InstanceIndex.Table, "open", EntityRange.All, None).ToListAsync()).Count == 0, "no instance is listed as open");

    private async Task StartWaitingAsync()
    {
        await Engine.Client.StartAsync("w", "a", "i", None);
        await Eventually.TrueAsync(async () => (await RowsAsync("i")).Count == 5, "the workflow waits for its event");
    }

    private async Task WhileStoppedAsync(EntityWrite write)
    {
        await Engine.StopAsync();
        await using (var tables = Engine.OpenTables())
            await tables.WriteAsync(JournalStore.Table, write, None);
        await Engine.StartAsync();
    }

    private async Task ReportedAsync()
    {
        WorkflowInstance end = await Engine.EndAsync();
        Assert.Equal((WorkflowState.Failed, "journal-corrupt"), (end.State, end.Failure!.Code));
        Assert.Contains("instance 'i' is damaged", end.Failure.Message, StringComparison.Ordinal);
        Assert.Single(_calls.Inputs);
    }

    private async Task<List<Entity>> RowsAsync(string instanceId) =>
        await Engine.Tables.ScanAsync(JournalStore.Table, instanceId, EntityRange.All, None).ToListAsync();
}
