using System.Net.Http.Headers;
using System.Text.Json;

namespace MlOps.Api.Tests.Protocols.Mlflow;

[Collection(MlflowTests.Name)]
public sealed class ScorerCallTests(MlflowServer mlflow)
{
    private const string Judge = """{\"name\": \"polite\"}""";

    [Theory]
    [InlineData("/api/3.0/mlflow/")]
    [InlineData("/ajax-api/3.0/mlflow/")]
    public async Task Scorer_IsRegisteredReadAndDeleted_AsClientsDo(string api)
    {
        string experiment = await mlflow.NewExperimentAsync();

        JsonElement made = await OkAsync(HttpMethod.Post, api + "scorers/register", $$"""{"experiment_id":"{{experiment}}","name":"polite","serialized_scorer":"{{Judge}}"}""");
        await OkAsync(HttpMethod.Post, api + "scorers/register", $$"""{"experiment_id":"{{experiment}}","name":"polite","serialized_scorer":"{}"}""");

        string id = made.GetProperty("scorer_id").GetString()!;
        long time = made.GetProperty("creation_time").GetInt64();
        Assert.Equal($$"""{"version":1,"scorer_id":"{{id}}","experiment_id":"{{experiment}}","name":"polite","serialized_scorer":"{{Judge}}","creation_time":{{time}}}""", made.GetRawText());
        JsonElement first = (await OkAsync(HttpMethod.Get, $"{api}scorers/get?experiment_id={experiment}&name=polite&version=1")).GetProperty("scorer");
        Assert.Equal($$"""{"experiment_id":{{experiment}},"scorer_name":"polite","scorer_version":1,"serialized_scorer":"{{Judge}}","creation_time":{{time}},"scorer_id":"{{id}}"}""", first.GetRawText());
        Assert.Equal([2], Versions(await OkAsync(HttpMethod.Get, $"{api}scorers/list?experiment_id={experiment}")));
        Assert.Equal([1, 2], Versions(await OkAsync(HttpMethod.Get, $"{api}scorers/versions?experiment_id={experiment}&name=polite")));
        await OkAsync(HttpMethod.Delete, api + "scorers/delete", $$"""{"experiment_id":"{{experiment}}","name":"polite"}""");
        Assert.Equal("{}", (await OkAsync(HttpMethod.Get, $"{api}scorers/list?experiment_id={experiment}")).GetRawText());
    }

    [Fact]
    public async Task Delete_FromAPage_NeedsNoContentType()
    {
        string experiment = await mlflow.NewExperimentAsync();
        await OkAsync(HttpMethod.Post, "/api/3.0/mlflow/scorers/register", $$"""{"experiment_id":"{{experiment}}","name":"polite","serialized_scorer":"{}"}""");

        await OkAsync(HttpMethod.Delete, "/ajax-api/3.0/mlflow/scorers/delete", $$"""{"experiment_id":"{{experiment}}","name":"polite"}""", "text/plain");

        (await mlflow.Api.GetAsync($"/api/3.0/mlflow/scorers/get?experiment_id={experiment}&name=polite")).MlflowError(404, "RESOURCE_DOES_NOT_EXIST");
    }

    [Fact]
    public async Task OnlineConfig_OfNothing_IsKept_AndMoreIsRefused()
    {
        string experiment = await mlflow.NewExperimentAsync();
        JsonElement made = await OkAsync(HttpMethod.Post, "/api/3.0/mlflow/scorers/register", $$"""{"experiment_id":"{{experiment}}","name":"polite","serialized_scorer":"{}"}""");
        string id = made.GetProperty("scorer_id").GetString()!;

        Assert.Equal("""{"configs":[]}""", (await OkAsync(HttpMethod.Get, $"/api/3.0/mlflow/scorers/online-configs?scorer_ids={id}")).GetRawText());
        JsonElement set = (await OkAsync(HttpMethod.Put, "/ajax-api/3.0/mlflow/scorers/online-config", $$"""{"experiment_id":"{{experiment}}","name":"polite","sample_rate":0,"filter_string":null}""")).GetProperty("config");

        Assert.Equal($$"""{"online_scoring_config_id":"{{set.GetProperty("online_scoring_config_id").GetString()}}","scorer_id":"{{id}}","sample_rate":0,"experiment_id":"{{experiment}}"}""", set.GetRawText());
        Assert.Equal($$"""{"configs":[{{set.GetRawText()}}]}""", (await OkAsync(HttpMethod.Get, $"/ajax-api/3.0/mlflow/scorers/online-configs?scorer_ids=other&scorer_ids={id}")).GetRawText());
        (await SendAsync(HttpMethod.Put, "/api/3.0/mlflow/scorers/online-config", $$"""{"experiment_id":"{{experiment}}","name":"polite","sample_rate":0.1}""")).MlflowError(400, "INVALID_PARAMETER_VALUE");
        (await mlflow.Api.GetAsync("/api/3.0/mlflow/scorers/online-configs")).MlflowError(400, "INVALID_PARAMETER_VALUE");
    }

    [Theory]
    [InlineData("GET", "/api/3.0/mlflow/workspaces", 501, "FEATURE_DISABLED")]
    [InlineData("POST", "/ajax-api/3.0/mlflow/workspaces", 501, "FEATURE_DISABLED")]
    [InlineData("GET", "/ajax-api/3.0/mlflow/workspaces/default", 501, "FEATURE_DISABLED")]
    [InlineData("PATCH", "/api/3.0/mlflow/workspaces/w", 501, "FEATURE_DISABLED")]
    [InlineData("DELETE", "/api/3.0/mlflow/workspaces/w", 501, "FEATURE_DISABLED")]
    [InlineData("POST", "/ajax-api/3.0/mlflow/scorer/invoke", 501, "NOT_IMPLEMENTED")]
    [InlineData("POST", "/ajax-api/3.0/mlflow/issues/invoke", 501, "NOT_IMPLEMENTED")]
    public async Task PartsThatAreOff_SayThatTheyAre(string method, string path, int status, string code) =>
        (await SendAsync(new HttpMethod(method), path, "{}")).MlflowError(status, code);

    private async Task<JsonElement> OkAsync(HttpMethod method, string path, string? body = null, string type = "application/json")
    {
        ApiAnswer answer = await SendAsync(method, path, body, type);
        Assert.True(answer.Status == 200, answer.Body);
        return answer.Json;
    }

    private Task<ApiAnswer> SendAsync(HttpMethod method, string path, string? body, string type = "application/json") =>
        body is null ? mlflow.Api.GetAsync(path) : mlflow.Api.SendAsync(method, path, new StringContent(body, new MediaTypeHeaderValue(type)));

    private static IEnumerable<int> Versions(JsonElement answer) => answer.GetProperty("scorers").EnumerateArray().Select(s => s.GetProperty("scorer_version").GetInt32());
}
