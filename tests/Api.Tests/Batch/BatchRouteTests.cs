using System.Text;
using System.Text.Json;
using MlOps.Domain.Batch;
using MlOps.Domain.Datasets;
using MlOps.Domain.Registry;

namespace MlOps.Api.Tests.Batch;

public sealed class BatchRouteTests : ApiTest
{
    private const string Route = "/api/v1/batch-predictions";

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        await SampleModels.ServePriceAsync(Api.Platform);
        using var csv = new MemoryStream(Encoding.UTF8.GetBytes("sku,carat\n" + string.Concat(Enumerable.Range(1, 5).Select(i => $"s{i},{i}\n"))));
        await Api.Platform.Datasets.AddAsync("stones", csv, new DatasetAddOptions(), None);
    }

    [Fact]
    public async Task Post_ThenGet_LeadToTheOutputAsAWholeAndInParts()
    {
        ApiAnswer started = await Api.PostAsync(Route, new { model = "price@champion", dataset = "stones", partitionRows = 2 });
        string id = started.Read<BatchPrediction>().Id;
        await Api.Platform.Batches.WaitAsync(id, None);

        ApiAnswer shown = await Api.GetAsync($"{Route}/{id}");
        ApiAnswer whole = await Api.GetAsync($"{Route}/{id}/output");
        ApiAnswer part = await Api.GetAsync($"{Route}/{id}/output/part-00001.csv");
        ApiAnswer manifest = await Api.GetAsync($"{Route}/{id}/output/manifest.json");
        ApiAnswer lineage = await Api.GetAsync("/api/v1/models/price/versions/1/lineage");

        Assert.Equal((202, $"{Route}/{id}"), (started.Status, started.Header("Location")));
        Assert.Equal(("succeeded", 5, 3), (shown.Json.GetProperty("state").GetString(), shown.Json.GetProperty("rowsDone").GetInt32(), shown.Json.GetProperty("partsDone").GetInt32()));
        Assert.Equal("text/csv", whole.ContentType);
        string[] lines = whole.Body.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["sku,prediction", "s1", "s2", "s3", "s4", "s5"], lines.Select((line, i) => i == 0 ? line : line[..2]));
        Assert.Equal([lines[0], lines[3], lines[4]], part.Body.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(3, manifest.Json.GetProperty("parts").GetArrayLength());
        Assert.Equal(id, Assert.Single(lineage.Read<ModelLineageView>().Batches).Id);
    }

    [Fact]
    public async Task Post_WithAKeyAgain_IsTheSameBatch()
    {
        ApiAnswer first = await Api.PostAsync(Route, new { model = "price", dataset = "stones@1" }, ("idempotency-key", "k"));
        ApiAnswer again = await Api.PostAsync(Route, new { model = "price", dataset = "stones@1" }, ("idempotency-key", "k"));
        (await Api.PostAsync(Route, new { model = "price/1", dataset = "stones@1" }, ("idempotency-key", "k"))).Problem(409, "batch-key-used");

        Assert.Equal(first.Read<BatchPrediction>().Id, again.Read<BatchPrediction>().Id);
        ApiAnswer listed = await Api.GetAsync(Route + "?model=price");
        Assert.Equal(1, listed.Json.GetProperty("items").GetArrayLength());
        Assert.Equal(0, (await Api.GetAsync(Route + "?model=other")).Json.GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task Anything_ThatIsNotThere_IsSaid()
    {
        BatchPrediction batch = await Api.Platform.Batches.StartAsync(new BatchRequest("price", "stones"), null, "ann", None);
        await Api.Platform.Batches.WaitAsync(batch.Id, None);

        (await Api.PostAsync(Route, new { model = "nope", dataset = "stones" })).Problem(404, "model-missing");
        (await Api.PostAsync(Route, new { model = "price", dataset = "nope" })).Problem(404, "dataset-missing");
        Assert.Contains("onBadRow", (await Api.PostAsync(Route, new { model = "price", dataset = "stones", onBadRows = "skip" })).Problem(400, "json-invalid"), StringComparison.Ordinal);
        (await Api.GetAsync(Route + "/nope")).Problem(404, "batch-missing");
        (await Api.PostAsync(Route + "/nope/cancel", new { })).Problem(404, "batch-missing");
        (await Api.PostAsync(Route + "/nope/rerun", new { })).Problem(404, "batch-missing");
        (await Api.GetAsync(Route + "/nope/output")).Problem(404, "batch-missing");
        (await Api.GetAsync($"{Route}/{batch.Id}/output/plan%2F00000.json")).Problem(404, "batch-part-missing");
        (await Api.PostAsync($"{Route}/{batch.Id}/cancel", new { })).Problem(409, "instance-ended");
    }
}
