using System.Text.Json;
using System.Text.Json.Nodes;
using MlOps.Domain.Registry;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Tests.Registry;

/// <summary>Rows of releases that knew fewer members.</summary>
public sealed class OldDocumentTests : RegistryTest
{
    private static readonly string[] Later = ["aliases", "stage", "tags", "stages", "newest", "source", "changedAt"];

    [Fact]
    public async Task Resolve_OfRowsWithoutLaterMembers_GivesTheirDefaults()
    {
        await RegisterAsync("churn", "r1");
        await foreach (Entity row in Stores.Tables.ScanAsync("models", (await PartitionAsync())!, EntityRange.All, None))
        {
            if (row.Large("doc") is { } document)
                await Stores.Tables.WriteAsync("models", EntityWrite.Upsert(Without(row, document)), None);
        }

        ModelVersion version = await Registry.ResolveAsync(ModelSelector.Parse("churn"), None);
        RegisteredModel model = await Registry.GetModelAsync("churn", None);

        Assert.Equal((1, "r1", "ann"), (version.Version, version.RunId, version.CreatedBy));
        Assert.Equal(Signature.Inputs.Select(i => (i.Name, i.Type, i.Optional)), version.Signature.Inputs.Select(i => (i.Name, i.Type, i.Optional)));
        Assert.Equal(["One year", "Two year"], version.Signature.Inputs[1].Levels);
        Assert.True(double.IsNaN(version.Metrics["odd"]));
        Assert.Empty(version.Tags);
        Assert.Empty(version.Aliases);
        Assert.Equal(ModelStage.None, version.Stage);
        Assert.Empty(model.Tags);
    }

    private async Task<string?> PartitionAsync() => await new ModelNames(Stores.Tables).FindAsync("churn", None);

    private static Entity Without(Entity row, byte[] document)
    {
        JsonObject members = JsonNode.Parse(document)!.AsObject();
        foreach (string name in Later)
            members.Remove(name);
        if (row.Key.Row == "m")
            members.Add("aliases", new JsonObject());
        var older = new Entity(row.Key.Partition, row.Key.Row);
        older.SetLarge("doc", JsonSerializer.SerializeToUtf8Bytes(members));
        return older;
    }
}
