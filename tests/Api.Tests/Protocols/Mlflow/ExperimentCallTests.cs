using System.Text.Json;
using MlOps.Contracts;

namespace MlOps.Api.Tests.Protocols.Mlflow;

[Collection(MlflowTests.Name)]
public sealed class ExperimentCallTests(MlflowServer mlflow)
{
    [Fact]
    public async Task Default_IsThereFromTheStart()
    {
        JsonElement byId = (await mlflow.OkAsync("experiments/get?experiment_id=0")).GetProperty("experiment");
        JsonElement byName = (await mlflow.OkAsync("experiments/get-by-name?experiment_name=Default")).GetProperty("experiment");

        Assert.Equal(("Default", "mlflow-artifacts:/0", "active"), (Text(byId, "name"), Text(byId, "artifact_location"), Text(byId, "lifecycle_stage")));
        Assert.Equal("0", Text(byName, "experiment_id"));
    }

    [Fact]
    public async Task Create_WithAllFields_IsAnsweredAsGiven()
    {
        string id = (await mlflow.OkAsync("experiments/create", """{"name":"Größe / 1","artifact_location":"s3://bucket/a?region=x","tags":[{"key":"team","value":"crm"}],"unknown":1}""")).GetProperty("experiment_id").GetString()!;

        JsonElement experiment = (await mlflow.OkAsync($"experiments/get?experiment_id={id}")).GetProperty("experiment");

        Assert.Equal(("Größe / 1", "s3://bucket/a?region=x"), (Text(experiment, "name"), Text(experiment, "artifact_location")));
        Assert.Equal("""[{"key":"team","value":"crm"}]""", experiment.GetProperty("tags").GetRawText());
        Assert.Equal(JsonValueKind.Number, experiment.GetProperty("creation_time").ValueKind);
        JsonElement run = (await mlflow.OkAsync("runs/create", $$"""{"experiment_id":"{{id}}"}""")).GetProperty("run").GetProperty("info");
        Assert.Equal($"s3://bucket/a/{Text(run, "run_id")}/artifacts?region=x", Text(run, "artifact_uri"));
    }

    [Theory]
    [InlineData("""{}""", "INVALID_PARAMETER_VALUE", "'name'")]
    [InlineData("""{"name":""}""", "INVALID_PARAMETER_VALUE", "'name'")]
    [InlineData("""{"name":7}""", "INVALID_PARAMETER_VALUE", "expected a text")]
    [InlineData("""{"name":"Default"}""", "RESOURCE_ALREADY_EXISTS", "'Default'")]
    [InlineData("""{"name":"x","artifact_location":"runs:/1/a"}""", "INVALID_PARAMETER_VALUE", "runs:/")]
    [InlineData("""{"name":"x","artifact_location":"file:///a/%252e%252e/b"}""", "INVALID_PARAMETER_VALUE", "'..'")]
    [InlineData("""{"name":"x","artifact_location":"s3://a/b#c"}""", "INVALID_PARAMETER_VALUE", "fragments")]
    [InlineData("""{"name":"x","tags":{"key":"a"}}""", "INVALID_PARAMETER_VALUE", "expected a list")]
    [InlineData("""{"name":"x","tags":[{"value":"a"}]}""", "INVALID_PARAMETER_VALUE", "'tags[0].key'")]
    [InlineData("""{"name":""", "INVALID_PARAMETER_VALUE", "JSON")]
    [InlineData("""[]""", "INVALID_PARAMETER_VALUE", "expected an object")]
    public async Task Create_WhatIsWrong_IsSaid(string body, string code, string says)
    {
        await mlflow.GetAsync("experiments/get?experiment_id=0");

        Assert.Contains(says, (await mlflow.PostAsync("experiments/create", body)).MlflowError(400, code), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Body_OfAnotherType_IsRefused() =>
        Assert.Contains("application/json", (await mlflow.Api.PostTextAsync("/api/2.0/mlflow/experiments/create", "{}", "text/plain")).MlflowError(400, "INVALID_PARAMETER_VALUE"), StringComparison.Ordinal);

    [Fact]
    public async Task Lifecycle_OfAnExperiment_TakesItsRunsAlong()
    {
        string id = await mlflow.NewExperimentAsync("life");
        string run = await mlflow.NewRunAsync(id);

        await mlflow.OkAsync("experiments/delete", $$"""{"experiment_id":"{{id}}"}""");

        Assert.Equal("deleted", Text((await mlflow.OkAsync("experiments/get-by-name?experiment_name=life")).GetProperty("experiment"), "lifecycle_stage"));
        Assert.Equal("deleted", Text((await mlflow.RunAsync(run)).GetProperty("info"), "lifecycle_stage"));
        (await mlflow.PostAsync("experiments/update", $$"""{"experiment_id":"{{id}}"} """)).MlflowError(400, "INVALID_PARAMETER_VALUE");
        (await mlflow.PostAsync("experiments/create", """{"name":"life"}""")).MlflowError(400, "RESOURCE_ALREADY_EXISTS");
        (await mlflow.PostAsync("runs/create", $$"""{"experiment_id":"{{id}}"}""")).MlflowError(400, "INVALID_PARAMETER_VALUE");
        (await mlflow.PostAsync("runs/set-tag", $$"""{"run_id":"{{run}}","key":"a","value":"b"}""")).MlflowError(400, "INVALID_PARAMETER_VALUE");
        (await mlflow.PostAsync("experiments/update", $$"""{"experiment_id":"{{id}}","new_name":"other"}""")).MlflowError(400, "INVALID_PARAMETER_VALUE");
        (await mlflow.PostAsync("experiments/delete", $$"""{"experiment_id":"{{id}}"}""")).MlflowError(404, "RESOURCE_DOES_NOT_EXIST");

        await mlflow.OkAsync("experiments/restore", $$"""{"experiment_id":"{{id}}"}""");

        Assert.Equal("active", Text((await mlflow.RunAsync(run)).GetProperty("info"), "lifecycle_stage"));
        (await mlflow.PostAsync("experiments/restore", $$"""{"experiment_id":"{{id}}"}""")).MlflowError(404, "RESOURCE_DOES_NOT_EXIST");
    }

    [Fact]
    public async Task Update_Renames_AndFreesTheOldName()
    {
        string id = await mlflow.NewExperimentAsync("old name");

        await mlflow.OkAsync("experiments/update", $$"""{"experiment_id":"{{id}}","new_name":"new name"}""");

        (await mlflow.GetAsync("experiments/get-by-name?experiment_name=old%20name")).MlflowError(404, "RESOURCE_DOES_NOT_EXIST");
        Assert.Equal(id, Text((await mlflow.OkAsync("experiments/get-by-name?experiment_name=new%20name")).GetProperty("experiment"), "experiment_id"));
        string other = await mlflow.NewExperimentAsync("old name");
        (await mlflow.PostAsync("experiments/update", $$"""{"experiment_id":"{{other}}","new_name":"new name"}""")).MlflowError(400, "RESOURCE_ALREADY_EXISTS");
    }

    [Fact]
    public async Task Tags_AreSetAndDeleted()
    {
        string id = await mlflow.NewExperimentAsync();
        await mlflow.OkAsync("experiments/set-experiment-tag", $$"""{"experiment_id":"{{id}}","key":"a","value":"1"}""");
        await mlflow.OkAsync("experiments/set-experiment-tag", $$"""{"experiment_id":"{{id}}","key":"a","value":"2"}""");
        Assert.Equal("""[{"key":"a","value":"2"}]""", (await mlflow.OkAsync($"experiments/get?experiment_id={id}")).GetProperty("experiment").GetProperty("tags").GetRawText());

        await mlflow.OkAsync("experiments/delete-experiment-tag", $$"""{"experiment_id":"{{id}}","key":"a"}""");

        Assert.False((await mlflow.OkAsync($"experiments/get?experiment_id={id}")).GetProperty("experiment").TryGetProperty("tags", out _));
        (await mlflow.PostAsync("experiments/delete-experiment-tag", $$"""{"experiment_id":"{{id}}","key":"a"}""")).MlflowError(404, "RESOURCE_DOES_NOT_EXIST");
        (await mlflow.PostAsync("experiments/set-experiment-tag", $$"""{"experiment_id":"{{id}}","key":"a","value":"{{new string('x', 5_001)}}"}""")).MlflowError(400, "INVALID_PARAMETER_VALUE");
    }

    [Fact]
    public async Task LastUpdate_IsThatOfTheExperiment_NotOfItsTags()
    {
        var time = new ManualTimeProvider();
        await using ApiHost api = await ApiHost.StartAsync(time: time);
        long created = await UpdatedAsync(api);
        time.Advance(TimeSpan.FromSeconds(1));

        await api.PostTextAsync("/api/2.0/mlflow/experiments/set-experiment-tag", """{"experiment_id":"0","key":"a","value":"1"}""");
        long tagged = await UpdatedAsync(api);
        await api.PostTextAsync("/api/2.0/mlflow/experiments/update", """{"experiment_id":"0","new_name":"zero"}""");

        Assert.Equal((0, 1_000), (tagged - created, await UpdatedAsync(api) - created));
    }

    private static async Task<long> UpdatedAsync(ApiHost api) =>
        (await api.GetAsync("/api/2.0/mlflow/experiments/get?experiment_id=0")).Json.GetProperty("experiment").GetProperty("last_update_time").GetInt64();

    [Theory]
    [InlineData("/api/2.0/mlflow/experiments/nope", 404)]
    [InlineData("/ajax-api/3.0/mlflow/nope", 404)]
    [InlineData("/api/2.0/mlflow/experiments/create", 405)]
    public async Task UnknownPath_IsAnsweredInJson(string path, int status) => (await mlflow.Api.GetAsync(path)).MlflowError(status, "ENDPOINT_NOT_FOUND");

    [Theory]
    [InlineData("/ajax-api/2.0/mlflow/experiments/get?experiment_id=0", "experiment")]
    [InlineData("/api/3.0/mlflow/server-info", "store_type")]
    public async Task PathsOfTheUi_AnswerTheSame(string path, string field) => Assert.True((await mlflow.Api.GetAsync(path)).Json.TryGetProperty(field, out _));

    [Theory]
    [InlineData("999999")]
    [InlineData("x")]
    [InlineData("0/../1")]
    public async Task Get_UnknownId_IsNotFound(string id) => (await mlflow.GetAsync($"experiments/get?experiment_id={id}")).MlflowError(404, "RESOURCE_DOES_NOT_EXIST");

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    [Fact]
    public async Task Tags_OfFarMoreThanOnePropertyHolds_AreKept()
    {
        string id = await mlflow.NewExperimentAsync();
        for (int i = 0; i < 20; i++)
            await mlflow.OkAsync("experiments/set-experiment-tag", $$"""{"experiment_id":"{{id}}","key":"t{{i}}","value":"{{new string('\u6f22', 5_000)}}"}""");

        Assert.Equal(20, (await mlflow.OkAsync($"experiments/get?experiment_id={id}")).GetProperty("experiment").GetProperty("tags").GetArrayLength());
    }

    [Fact]
    public async Task Run_CreatedWhileItsExperimentIsRenamed_IsInIt()
    {
        string id = await mlflow.NewExperimentAsync("first name");
        Task<string>[] runs = [.. Enumerable.Range(0, 8).Select(_ => mlflow.NewRunAsync(id))];
        for (int i = 0; i < 4; i++)
            await mlflow.OkAsync("experiments/update", $$"""{"experiment_id":"{{id}}","new_name":"name {{i}} of {{id}}"}""");
        await Task.WhenAll(runs);

        Assert.Equal(8, (await mlflow.OkAsync("runs/search", $$"""{"experiment_ids":["{{id}}"]}""")).GetProperty("runs").GetArrayLength());
        (await mlflow.GetAsync("experiments/get-by-name?experiment_name=first%20name")).MlflowError(404, "RESOURCE_DOES_NOT_EXIST");
    }

    [Fact]
    public async Task Search_WithAForgedToken_IsRefused()
    {
        await mlflow.NewExperimentAsync();
        string token = (await mlflow.OkAsync("experiments/search", """{"max_results":1}""")).GetProperty("next_page_token").GetString()!;
        byte[] bytes = System.Buffers.Text.Base64Url.DecodeFromChars(token);
        bytes[^1] = (byte)'x';

        ApiAnswer answer = await mlflow.PostAsync("experiments/search", $$"""{"max_results":1,"page_token":"{{System.Buffers.Text.Base64Url.EncodeToString(bytes)}}"}""");

        Assert.True(answer.Status < 500, answer.Body);
    }
}
