using System.Text;
using System.Text.Json;

namespace MlOps.Api.Tests.Protocols.Mlflow;

[Collection(MlflowTests.Name)]
public sealed class LoggedModelTests(MlflowServer mlflow)
{
    [Fact]
    public async Task Model_IsLoggedStepByStep_AsClientsDo()
    {
        string experiment = await mlflow.NewExperimentAsync();
        string run = await mlflow.NewRunAsync(experiment);

        JsonElement created = await mlflow.OkAsync("logged-models", $$"""{"experiment_id":"{{experiment}}","name":"clf","model_type":"Classifier","source_run_id":"{{run}}","params":[{"key":"C","value":"1.0"}],"tags":[{"key":"t","value":"x"}]}""");
        string id = Id(created);
        await mlflow.Api.SendAsync(HttpMethod.Put, $"/api/2.0/mlflow-artifacts/artifacts/{experiment}/models/{id}/artifacts/data/MLmodel", new ByteArrayContent(Encoding.UTF8.GetBytes("flavors:")));
        await SendAsync(HttpMethod.Patch, $"logged-models/{id}", $$"""{"model_id":"{{id}}","status":"LOGGED_MODEL_READY"}""");
        await mlflow.OkAsync("runs/log-metric", $$"""{"run_id":"{{run}}","key":"auc","value":0.5,"timestamp":7,"step":1,"model_id":"{{id}}","dataset_name":"toy","dataset_digest":"d1"}""");
        await mlflow.OkAsync("runs/log-batch", $$"""{"run_id":"{{run}}","metrics":[{"key":"auc","value":0.75,"timestamp":8,"step":2,"model_id":"{{id}}","dataset_name":"toy","dataset_digest":"d1"},{"key":"other","value":1,"timestamp":8}]}""");

        Assert.Equal("LOGGED_MODEL_PENDING", created.GetProperty("model").GetProperty("info").GetProperty("status").GetString());
        JsonElement info = (await mlflow.OkAsync($"logged-models/{id}")).GetProperty("model").GetProperty("info");
        Assert.Equal(("clf", "LOGGED_MODEL_READY", "Classifier", run), (Text(info, "name"), Text(info, "status"), Text(info, "model_type"), Text(info, "source_run_id")));
        Assert.Equal($"mlflow-artifacts:/{experiment}/models/{id}/artifacts", Text(info, "artifact_uri"));
        JsonElement data = (await mlflow.OkAsync($"logged-models/{id}")).GetProperty("model").GetProperty("data");
        Assert.Equal($$"""{"params":[{"key":"C","value":"1.0"}],"metrics":[{"key":"auc","value":0.75,"timestamp":8,"step":2,"dataset_name":"toy","dataset_digest":"d1","model_id":"{{id}}","run_id":"{{run}}"}]}""", data.GetRawText());
        Assert.Equal("""[{"path":"data/MLmodel","is_dir":false,"file_size":8}]""", (await mlflow.OkAsync($"logged-models/{id}/artifacts/directories?artifact_directory_path=data")).GetProperty("files").GetRawText());
        Assert.Equal("flavors:", (await mlflow.Api.GetAsync($"/ajax-api/2.0/mlflow/logged-models/{id}/artifacts/files?artifact_file_path=data/MLmodel")).Body);
        Assert.Equal(2, (await mlflow.OkAsync($"metrics/get-history?run_id={run}&metric_key=auc")).GetProperty("metrics").GetArrayLength());
    }

    [Fact]
    public async Task Search_ByMetricOnADataset_InItsOrder_PageByPage()
    {
        string experiment = await mlflow.NewExperimentAsync();
        string run = await mlflow.NewRunAsync(experiment);
        string[] models = [await NewAsync(experiment, "a"), await NewAsync(experiment, "b"), await NewAsync(experiment, "c")];
        (int Model, string Dataset, double Value)[] metrics = [(0, "train", 0.9), (0, "test", 0.3), (1, "train", 0.1), (1, "test", 0.8), (2, "train", 0.5)];
        foreach ((int model, string dataset, double value) in metrics)
            await mlflow.OkAsync("runs/log-metric", FormattableString.Invariant($$"""{"run_id":"{{run}}","key":"m","value":{{value}},"timestamp":1,"model_id":"{{models[model]}}","dataset_name":"{{dataset}}","dataset_digest":"d"}"""));

        Assert.Equal([models[0], models[1]], await SearchAsync(experiment, ""","filter":"metrics.m > 0.6","order_by":[{"field_name":"creation_time"}]"""));
        Assert.Equal([models[1]], await SearchAsync(experiment, ""","filter":"metrics.m > 0.6","datasets":[{"dataset_name":"test"}]"""));
        Assert.Equal([models[1], models[0], models[2]], await SearchAsync(experiment, ""","order_by":[{"field_name":"metrics.m","ascending":false,"dataset_name":"test","dataset_digest":"d"}]"""));
        Assert.Equal([models[1]], await SearchAsync(experiment, ""","filter":"name = 'b' AND params.p = 'b' AND status = 'PENDING'" """));
        JsonElement first = await mlflow.OkAsync("logged-models/search", $$"""{"experiment_ids":["{{experiment}}"],"max_results":2}""");
        Assert.Equal([models[2], models[1]], Ids(first));
        Assert.Equal([models[0]], await SearchAsync(experiment, $$""","max_results":2,"page_token":"{{first.GetProperty("next_page_token").GetString()}}" """));
    }

    [Fact]
    public async Task TagsAndParams_OfAModel_ChangeAsTheyMay()
    {
        string id = await NewAsync(await mlflow.NewExperimentAsync(), "a");

        await SendAsync(HttpMethod.Patch, $"logged-models/{id}/tags", """{"tags":[{"key":"x","value":"1"},{"key":"y","value":"2"}]}""");
        await SendAsync(HttpMethod.Delete, $"logged-models/{id}/tags/x", "");
        await mlflow.OkAsync($"logged-models/{id}/params", """{"params":[{"key":"q","value":"1"}]}""");

        (await mlflow.PostAsync($"logged-models/{id}/params", """{"params":[{"key":"q","value":"2"}]}""")).MlflowError(400, "INVALID_PARAMETER_VALUE");
        (await mlflow.Api.SendAsync(HttpMethod.Delete, $"/api/2.0/mlflow/logged-models/{id}/tags/x")).MlflowError(404, "RESOURCE_DOES_NOT_EXIST");
        JsonElement model = (await mlflow.OkAsync($"logged-models/{id}")).GetProperty("model");
        Assert.Equal("""[{"key":"y","value":"2"}]""", model.GetProperty("info").GetProperty("tags").GetRawText());
        Assert.Equal("""[{"key":"p","value":"a"},{"key":"q","value":"1"}]""", model.GetProperty("data").GetProperty("params").GetRawText());
    }

    [Fact]
    public async Task Deleted_IsNotFound()
    {
        string experiment = await mlflow.NewExperimentAsync();
        string id = await NewAsync(experiment, "a");
        string run = await mlflow.NewRunAsync(experiment);

        await SendAsync(HttpMethod.Delete, $"logged-models/{id}", $$"""{"model_id":"{{id}}"}""");
        await SendAsync(HttpMethod.Delete, $"logged-models/{id}", $$"""{"model_id":"{{id}}"}""");

        (await mlflow.GetAsync($"logged-models/{id}")).MlflowError(404, "RESOURCE_DOES_NOT_EXIST");
        Assert.Equal("a", (await mlflow.OkAsync($"logged-models/{id}?allow_deleted=True")).GetProperty("model").GetProperty("info").GetProperty("name").GetString());
        (await mlflow.PostAsync("runs/log-metric", $$"""{"run_id":"{{run}}","key":"m","value":1,"timestamp":1,"model_id":"{{id}}"}""")).MlflowError(404, "RESOURCE_DOES_NOT_EXIST");
        Assert.Empty(await SearchAsync(experiment, ""));
        Assert.Equal("{}", (await mlflow.GetAsync($"metrics/get-history?run_id={run}&metric_key=m")).Body);
    }

    [Fact]
    public async Task Batch_WithAModelThatIsMissing_StoresNothing()
    {
        string experiment = await mlflow.NewExperimentAsync();
        (string id, string run) = (await NewAsync(experiment, "a"), await mlflow.NewRunAsync(experiment));

        (await mlflow.PostAsync("runs/log-batch", $$"""{"run_id":"{{run}}","metrics":[{"key":"m","value":1,"timestamp":1,"model_id":"{{id}}"},{"key":"m","value":1,"timestamp":1,"model_id":"m-none"}],"params":[{"key":"p","value":"1"}]}""")).MlflowError(404, "RESOURCE_DOES_NOT_EXIST");

        Assert.False((await mlflow.RunAsync(run)).GetProperty("data").TryGetProperty("params", out _));
        Assert.False((await mlflow.OkAsync($"logged-models/{id}")).GetProperty("model").GetProperty("data").TryGetProperty("metrics", out _));
    }

    [Fact]
    public async Task Metric_OfAModel_MayBeNoNumberAndItsDataSetsNameIsLimited()
    {
        string experiment = await mlflow.NewExperimentAsync();
        (string id, string run) = (await NewAsync(experiment, "a"), await mlflow.NewRunAsync(experiment));

        foreach (string value in new[] { "\"NaN\"", "\"Infinity\"" })
            await mlflow.OkAsync("runs/log-metric", $$"""{"run_id":"{{run}}","key":"k{{value.Length}}","value":{{value}},"timestamp":1,"model_id":"{{id}}","dataset_name":""}""");

        JsonElement[] metrics = [.. (await mlflow.OkAsync($"logged-models/{id}")).GetProperty("model").GetProperty("data").GetProperty("metrics").EnumerateArray()];
        Assert.Equal(["\"NaN\"", "1.7976931348623157E+308"], metrics.Select(m => m.GetProperty("value").GetRawText()));
        Assert.All(metrics, m => Assert.False(m.TryGetProperty("dataset_name", out _)));
        (await mlflow.PostAsync("runs/log-metric", $$"""{"run_id":"{{run}}","key":"m","value":1,"timestamp":1,"model_id":"{{id}}","dataset_name":"{{new string('a', 501)}}"}""")).MlflowError(400, "INVALID_PARAMETER_VALUE");
        (await mlflow.PostAsync("runs/log-metric", $$"""{"run_id":"{{run}}","key":"m","value":1,"timestamp":1,"model_id":"{{id}}","dataset_digest":"{{new string('a', 37)}}"}""")).MlflowError(400, "INVALID_PARAMETER_VALUE");
        Assert.Equal("{}", (await mlflow.GetAsync($"metrics/get-history?run_id={run}&metric_key=m")).Body);
    }

    [Theory]
    [InlineData("directories?artifact_directory_path=../m-other")]
    [InlineData("files?artifact_file_path=../../m-other/artifacts/MLmodel")]
    public async Task Files_OutsideOfAModel_AreRefused(string path) =>
        (await mlflow.GetAsync($"logged-models/{await NewAsync(await mlflow.NewExperimentAsync(), "a")}/artifacts/{path}")).MlflowError(400, "INVALID_PARAMETER_VALUE");

    [Fact]
    public async Task Search_WithTheTokenOfAnother_IsRefused()
    {
        string experiment = await mlflow.NewExperimentAsync();
        await NewAsync(experiment, "a");
        await NewAsync(experiment, "b");
        string token = (await mlflow.OkAsync("logged-models/search", $$"""{"experiment_ids":["{{experiment}}"],"max_results":1}""")).GetProperty("next_page_token").GetString()!;

        (await mlflow.PostAsync("logged-models/search", $$"""{"experiment_ids":["{{experiment}}"],"filter":"name = 'a'","page_token":"{{token}}"}""")).MlflowError(400, "INVALID_PARAMETER_VALUE");
    }

    [Fact]
    public async Task Datasets_OfTooManyExperimentsOrNone_AreRefusedAndDeletedRunsLeftOut()
    {
        string experiment = await mlflow.NewExperimentAsync();
        string run = await mlflow.NewRunAsync(experiment);
        await mlflow.OkAsync("runs/log-inputs", $$"""{"run_id":"{{run}}","datasets":[{"dataset":{"name":"telco","digest":"abc","source_type":"local","source":"{}"} }]}""");
        await mlflow.OkAsync("runs/delete", $$"""{"run_id":"{{run}}"}""");

        Assert.Equal("{}", (await mlflow.PostAsync("experiments/search-datasets", $$"""{"experiment_ids":["{{experiment}}"]}""")).Body);
        foreach (int count in new[] { 0, 21 })
            (await mlflow.PostAsync("experiments/search-datasets", $$"""{"experiment_ids":[{{string.Join(',', Enumerable.Range(0, count).Select(i => $"\"{i}\""))}}]}""")).MlflowError(400, "INVALID_PARAMETER_VALUE");
    }

    [Theory]
    [InlineData("a/b")]
    [InlineData("a.b")]
    [InlineData("a'b")]
    public async Task Create_WithASignInItsName_IsRefused(string name) =>
        (await mlflow.PostAsync("logged-models", $$"""{"experiment_id":"0","name":"{{name}}"}""")).MlflowError(400, "INVALID_PARAMETER_VALUE");

    [Fact]
    public async Task Datasets_OfExperiments_AreListedOnce()
    {
        string experiment = await mlflow.NewExperimentAsync();
        foreach (string context in new[] { "train", "train", "test" })
            await mlflow.OkAsync("runs/log-inputs", $$"""{"run_id":"{{await mlflow.NewRunAsync(experiment)}}","datasets":[{"tags":[{"key":"mlflow.data.context","value":"{{context}}"}],"dataset":{"name":"telco","digest":"abc","source_type":"local","source":"{}"} }]}""");

        JsonElement found = (await mlflow.Api.PostTextAsync("/ajax-api/2.0/mlflow/experiments/search-datasets", $$"""{"experiment_ids":["{{experiment}}"]}""")).Json;

        Assert.Equal($$"""{"dataset_summaries":[{"experiment_id":"{{experiment}}","name":"telco","digest":"abc","context":"test"},{"experiment_id":"{{experiment}}","name":"telco","digest":"abc","context":"train"}]}""", found.GetRawText());
    }

    private async Task<string> NewAsync(string experiment, string name) =>
        Id(await mlflow.OkAsync("logged-models", $$"""{"experiment_id":"{{experiment}}","name":"{{name}}","params":[{"key":"p","value":"{{name}}"}]}"""));

    private async Task<string[]> SearchAsync(string experiment, string more) => Ids(await mlflow.OkAsync("logged-models/search", $$"""{"experiment_ids":["{{experiment}}"]{{more}}}"""));

    private async Task SendAsync(HttpMethod method, string path, string body)
    {
        ApiAnswer answer = await mlflow.Api.SendAsync(method, "/api/2.0/mlflow/" + path, body.Length == 0 ? null : new StringContent(body, Encoding.UTF8, "application/json"));
        Assert.True(answer.Status == 200, answer.Body);
    }

    private static string[] Ids(JsonElement found) =>
        found.TryGetProperty("models", out JsonElement models) ? [.. models.EnumerateArray().Select(m => m.GetProperty("info").GetProperty("model_id").GetString()!)] : [];

    private static string Id(JsonElement answer) => answer.GetProperty("model").GetProperty("info").GetProperty("model_id").GetString()!;

    private static string? Text(JsonElement of, string name) => of.GetProperty(name).GetString();
}
