using System.Text.Json;

namespace MlOps.Api.Tests.Protocols;

public sealed class RepositoryTests : ApiTest
{
    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        await SampleModels.ServeChurnAsync(Api.Platform);
        await SampleModels.ServePriceAsync(Api.Platform);
    }

    [Fact]
    public async Task LoadAndUnload_OfAModel_AreSeenInTheIndex()
    {
        Assert.Equal(["churn/1 UNAVAILABLE", "price/1 UNAVAILABLE"], await IndexAsync(""));

        Assert.Equal("""{"name":"price","load":true}""", (await PostAsync("/v2/repository/models/price/load", "")).Body);
        Assert.Equal(["churn/1 UNAVAILABLE", "price/1 READY"], await IndexAsync("{}"));
        Assert.Equal(["price/1 READY"], await IndexAsync("""{"ready": true}"""));
        Assert.Single(Api.Platform.ModelCache.Memory.Models);

        Assert.Equal("""{"name":"price","unload":true}""", (await PostAsync("/v2/repository/models/price/unload", """{"parameters": {"unload_dependents": true}}""")).Body);
        Assert.Equal(["churn/1 UNAVAILABLE", "price/1 UNAVAILABLE"], await IndexAsync(""));
        Assert.Empty(Api.Platform.ModelCache.Memory.Models);
        Assert.Equal(0, Api.Platform.ModelCache.Memory.Bytes);
    }

    [Fact]
    public async Task Predict_AfterAnUnload_LoadsAgain()
    {
        await PostAsync("/v2/repository/models/price/unload", "");

        Assert.Equal(200, (await Api.PostTextAsync("/v1/models/price:predict", """{"instances": [1]}""")).Status);
        Assert.Equal(["price/1 READY"], await IndexAsync("""{"ready": true}"""));
    }

    [Theory]
    [InlineData("load")]
    [InlineData("unload")]
    public async Task Steer_AModelThatIsNotThere_Is404(string verb) =>
        Assert.Contains("'nope'", (await PostAsync($"/v2/repository/models/nope/{verb}", "")).Error(404), StringComparison.Ordinal);

    private Task<ApiAnswer> PostAsync(string path, string body) => Api.PostTextAsync(path, body);

    private async Task<IEnumerable<string>> IndexAsync(string body) =>
        (await PostAsync("/v2/repository/index", body)).Json.EnumerateArray().Select(m => $"{m.GetProperty("name")}/{m.GetProperty("version")} {m.GetProperty("state")}");
}
