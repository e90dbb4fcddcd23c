using MlOps.Domain.Monitoring;
using MlOps.Domain.Serving.Log;
using MlOps.Domain.Storage;
using MlOps.Domain.Tests.Registry;

namespace MlOps.Domain.Tests.Gc;

public sealed class NameLeftoversTests : GcWorld
{
    [Fact]
    public async Task Delete_OfAModel_TakesWhatGoesByItsNameAndNothingOfOthers()
    {
        foreach (string model in new[] { "churn", "churn2" })
            await FillAsync(model);

        await World.Platform.Removal.DeleteAsync("churn", None);

        Assert.Equal((0, 1, 0, 1), (await FilesAsync("churn/", "predictions"), await FilesAsync("churn2/", "predictions"), await RowsAsync("feedback", "20260101~churn"), await RowsAsync("feedback", "20260101~churn2")));
        Assert.Equal((0, 1), (await RowsAsync("rollouts", "churn"), await RowsAsync("rollouts", "churn2")));
        Assert.Equal((true, false), (await World.Monitors.FindPolicyAsync("churn", None) is null, await World.Monitors.FindPolicyAsync("churn2", None) is null));
        Assert.Equal(["churn2"], await World.Platform.LogPolicies.ModelsAsync(None).ToListAsync());
        await World.Registry.RegisterAsync("churn", RegistryTest.Sample("r2"), "ann", None);
        LogPolicyState policy = await World.Platform.LogPolicies.GetAsync("churn", None);
        Assert.Equal((0, 1), (policy.Revision, policy.Policy.Sample));
        Assert.Empty(await World.Platform.LogPolicies.HistoryAsync("churn", None).ToListAsync());
    }

    /// <summary>Who follows a policy takes a lower revision for an older one.</summary>
    [Fact]
    public async Task LogPolicy_OfAnotherModelOfTheName_IsActedOnByWhoFollowedTheOld()
    {
        LogPolicies policies = World.Platform.LogPolicies;
        await FillAsync("churn");
        await policies.SetAsync("churn", new LogPolicy { Sample = 0.25 }, "ann", None, 1);
        Assert.Equal(0.25, (await policies.InForceAsync("churn", None)).Policy.Sample);

        await World.Platform.Removal.DeleteAsync("churn", None);
        Time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(1, (await policies.InForceAsync("churn", None)).Policy.Sample);
        await World.Registry.RegisterAsync("churn", RegistryTest.Sample("r2"), "ann", None);
        await policies.SetAsync("churn", new LogPolicy { Sample = 0.125 }, "ann", None, 0);
        Time.Advance(TimeSpan.FromSeconds(4));

        Assert.Equal(0.125, (await policies.InForceAsync("churn", None)).Policy.Sample);
        Assert.Equal(1, (await policies.GetAsync("churn", None)).Revision);
    }

    private async Task FillAsync(string model)
    {
        await World.Registry.RegisterAsync(model, RegistryTest.Sample("r1"), "ann", None);
        await World.Platform.LogPolicies.SetAsync(model, new LogPolicy { Sample = 0.5 }, "ann", None);
        await World.Monitors.SetPolicyAsync(new MonitorPolicy { Model = model, Drift = new DriftPolicy() }, None);
        await World.Platform.Ports.Blobs.WriteAsync("predictions", $"{model}/20260101/00/s.jsonl.gz", new MemoryStream([1]), new(), None);
        IEntityTable tables = World.Platform.Ports.Tables;
        await tables.WriteAsync("feedback", EntityWrite.Insert(new Entity($"20260101~{model}", "0000000~r1") { ["truth"] = "Yes" }), None);
        await tables.WriteAsync("feedbackDays", EntityWrite.Insert(new Entity(model, "20260101")), None);
        await tables.WriteAsync("rollouts", EntityWrite.Insert(new Entity(model, "d-1~000001") { ["document"] = "{}" }), None);
    }

    private async Task<int> RowsAsync(string table, string partition) => (await World.Platform.Ports.Tables.QueryAsync(table, partition, new(), None)).Entities.Count;
}
