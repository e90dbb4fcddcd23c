using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using MlOps.Domain.Access;

namespace MlOps.Api.Tests.Protocols.Mlflow;

/// <summary>Versions of MLflow's clients at their edges: who may number them, where their files are, what a note that fails leaves.</summary>
public sealed class RegistryVersionTests : ApiTest
{
    [Theory]
    [InlineData("""{"name":"churn","source":"s3://b/m","version":"7"}""")]
    [InlineData("""{"name":"churn","source":"s3://b/m","creation_timestamp":1000}""")]
    public async Task Create_WithANumberOrTimeOfItsOwn_IsAnAdmins(string body)
    {
        await OkAsync("registered-models/create", """{"name":"churn"}""");
        string admin = await Api.Platform.Access.CreateAsync("root", Role.Admin, None);
        string contributor = await Api.Platform.Access.CreateAsync("ci", Role.Contributor, None);

        As(contributor);
        Assert.Contains("role admin", (await PostAsync("model-versions/create", body)).MlflowError(403, "PERMISSION_DENIED"), StringComparison.Ordinal);
        await OkAsync("model-versions/create", """{"name":"churn","source":"s3://b/m"}""");
        As(admin);
        await OkAsync("model-versions/create", body);
    }

    [Fact]
    public async Task Artifact_OfAVersionWhoseSourceIsARun_IsTheRuns()
    {
        string experiment = (await OkAsync("experiments/create", """{"name":"e"}""")).GetProperty("experiment_id").GetString()!;
        string run = (await OkAsync("runs/create", $$"""{"experiment_id":"{{experiment}}"}""")).GetProperty("run").GetProperty("info").GetProperty("run_id").GetString()!;
        await Api.SendAsync(HttpMethod.Put, $"/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts/model/MLmodel", new StringContent("flavors: {}"));
        await OkAsync("registered-models/create", """{"name":"churn"}""");
        await OkAsync("model-versions/create", $$"""{"name":"churn","source":"runs:/{{run}}/model","run_id":"{{run}}"}""");
        await OkAsync("model-versions/create", """{"name":"churn","source":"runs:/0123456789abcdef0123456789abcdef/model"}""");
        await OkAsync("model-versions/create", """{"name":"churn","source":"s3://b/m"}""");

        ApiAnswer file = await Api.GetAsync("/model-versions/get-artifact?name=churn&version=1&path=MLmodel");

        Assert.Equal((200, "flavors: {}"), (file.Status, file.Body));
        (await Api.GetAsync("/model-versions/get-artifact?name=churn&version=1&path=other")).MlflowError(404, "RESOURCE_DOES_NOT_EXIST");
        (await Api.GetAsync("/model-versions/get-artifact?name=churn&version=2&path=MLmodel")).MlflowError(404, "RESOURCE_DOES_NOT_EXIST");
        Assert.Contains("s3://b/m", (await Api.GetAsync("/model-versions/get-artifact?name=churn&version=3&path=MLmodel")).MlflowError(400, "INVALID_PARAMETER_VALUE"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_OfALoggedModelThatTakesNoMoreTags_IsRegisteredAllTheSame()
    {
        string model = (await OkAsync("logged-models", """{"experiment_id":"0","name":"m"}""")).GetProperty("model").GetProperty("info").GetProperty("model_id").GetString()!;
        await OkAsync("registered-models/create", """{"name":"churn"}""");
        int tags = 0;
        foreach (int length in (int[])[8_000, 500, 1])
        {
            while ((await TagAsync(model, $"t{tags}", new string('x', length))).Status == 200)
                tags++;
        }

        Assert.True(tags > 40, "the model is full");
        JsonElement made = await OkAsync("model-versions/create", $$"""{"name":"churn","source":"models:/{{model}}","model_id":"{{model}}"}""");

        Assert.Equal("1", made.GetProperty("model_version").GetProperty("version").GetString());
    }

    private Task<ApiAnswer> TagAsync(string model, string key, string value)
    {
        var content = new StringContent($$"""{"tags":[{"key":"{{key}}","value":"{{value}}"}]}""", Encoding.UTF8, MediaTypeHeaderValue.Parse("application/json"));
        return Api.SendAsync(HttpMethod.Patch, $"/api/2.0/mlflow/logged-models/{model}/tags", content);
    }

    private void As(string token) => Api.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);

    private Task<ApiAnswer> PostAsync(string path, string body) => Api.PostTextAsync($"/api/2.0/mlflow/{path}", body);

    private async Task<JsonElement> OkAsync(string path, string body)
    {
        ApiAnswer answer = await PostAsync(path, body);
        Assert.True(answer.Status == 200, answer.Body);
        return answer.Json;
    }
}
