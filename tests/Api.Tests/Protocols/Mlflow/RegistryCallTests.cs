using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving;

namespace MlOps.Api.Tests.Protocols.Mlflow;

[Collection(MlflowTests.Name)]
public sealed class RegistryCallTests(MlflowServer mlflow)
{
    private static int _models;

    private static string NewName() => $"model {Interlocked.Increment(ref _models)}";

    private Task<ApiAnswer> SendAsync(HttpMethod method, string path, string body, string prefix = "/api")
    {
        var content = new StringContent(body, Encoding.UTF8, MediaTypeHeaderValue.Parse("application/json"));
        return mlflow.Api.SendAsync(method, $"{prefix}/2.0/mlflow/{path}", content);
    }

    private async Task<JsonElement> OkAsync(HttpMethod method, string path, string body, string prefix = "/api")
    {
        ApiAnswer answer = await SendAsync(method, path, body, prefix);
        Assert.True(answer.Status == 200, answer.Body);
        return answer.Json;
    }

    private async Task<string> NewModelAsync()
    {
        string name = NewName();
        await mlflow.OkAsync("registered-models/create", $$"""{"name":"{{name}}"}""");
        return name;
    }

    private async Task<JsonElement> NewVersionAsync(string name, string source = "s3://bucket/m", string more = "") =>
        (await mlflow.OkAsync("model-versions/create", $$"""{"name":"{{name}}","source":"{{source}}"{{more}}}""")).GetProperty("model_version");

    private async Task<JsonElement> ModelAsync(string name) => (await mlflow.OkAsync($"registered-models/get?name={Uri.EscapeDataString(name)}")).GetProperty("registered_model");

    private async Task<JsonElement> VersionAsync(string name, int version) =>
        (await mlflow.OkAsync($"model-versions/get?name={Uri.EscapeDataString(name)}&version={version}")).GetProperty("model_version");

    [Fact]
    public async Task Model_CreatedDescribedTaggedRenamedAndDeleted_IsAnsweredAsMlflowDoes()
    {
        string name = NewName();
        JsonElement created = (await mlflow.OkAsync("registered-models/create", $$"""{"name":"{{name}}","description":"d","tags":[{"key":"a","value":"1"}]}""")).GetProperty("registered_model");
        Assert.Equal(["name", "creation_timestamp", "last_updated_timestamp", "description", "tags"], created.EnumerateObject().Select(p => p.Name));
        Assert.Equal("""[{"key":"a","value":"1"}]""", created.GetProperty("tags").GetRawText());
        (await mlflow.PostAsync("registered-models/create", $$"""{"name":"{{name}}"}""")).MlflowError(400, "RESOURCE_ALREADY_EXISTS");

        await OkAsync(HttpMethod.Patch, "registered-models/update", $$"""{"name":"{{name}}","description":"new"}""");
        await mlflow.OkAsync("registered-models/set-tag", $$"""{"name":"{{name}}","key":"b","value":"2"}""");
        await OkAsync(HttpMethod.Delete, "registered-models/delete-tag", $$"""{"name":"{{name}}","key":"a"}""", "/ajax-api");
        await OkAsync(HttpMethod.Delete, "registered-models/delete-tag", $$"""{"name":"{{name}}","key":"a"}""");

        JsonElement renamed = (await mlflow.OkAsync("registered-models/rename", $$"""{"name":"{{name}}","new_name":"{{name}} b"}""")).GetProperty("registered_model");
        Assert.Equal(($"{name} b", "new", """[{"key":"b","value":"2"}]"""), (Text(renamed, "name"), Text(renamed, "description"), renamed.GetProperty("tags").GetRawText()));
        (await mlflow.GetAsync($"registered-models/get?name={Uri.EscapeDataString(name)}")).MlflowError(404, "RESOURCE_DOES_NOT_EXIST");

        Assert.Equal("{}", (await SendAsync(HttpMethod.Delete, "registered-models/delete", $$"""{"name":"{{name}} b"}""")).Body);
        (await SendAsync(HttpMethod.Delete, "registered-models/delete", $$"""{"name":"{{name}} b"}""")).MlflowError(404, "RESOURCE_DOES_NOT_EXIST");
    }

    [Fact]
    public async Task Version_CreatedAndChanged_IsAnsweredAsMlflowDoes()
    {
        string name = await NewModelAsync();
        JsonElement version = await NewVersionAsync(name, more: ""","run_id":"abc","run_link":"http://x/1","description":"first","model_id":"m-1","tags":[{"key":"k","value":"v"}]""");

        Assert.Equal(
            ["name", "version", "creation_timestamp", "last_updated_timestamp", "user_id", "current_stage", "description", "source", "run_id", "status", "tags", "run_link", "model_id"],
            version.EnumerateObject().Select(p => p.Name));
        Assert.Equal(("1", "None", "s3://bucket/m", "abc", "READY", "m-1"), (Text(version, "version"), Text(version, "current_stage"), Text(version, "source"), Text(version, "run_id"), Text(version, "status"), Text(version, "model_id")));

        await OkAsync(HttpMethod.Patch, "model-versions/update", $$"""{"name":"{{name}}","version":"1","description":"second"}""");
        await mlflow.OkAsync("model-versions/set-tag", $$"""{"name":"{{name}}","version":"1","key":"l","value":"w"}""");
        await OkAsync(HttpMethod.Delete, "model-versions/delete-tag", $$"""{"name":"{{name}}","version":"1","key":"k"}""");
        version = await VersionAsync(name, 1);
        Assert.Equal(("second", """[{"key":"l","value":"w"}]"""), (Text(version, "description"), version.GetProperty("tags").GetRawText()));
        Assert.Equal("""{"artifact_uri":"s3://bucket/m"}""", (await mlflow.GetAsync($"model-versions/get-download-uri?name={Uri.EscapeDataString(name)}&version=1")).Body);

        await OkAsync(HttpMethod.Delete, "model-versions/delete", $$"""{"name":"{{name}}","version":"1"}""");
        (await mlflow.GetAsync($"model-versions/get?name={Uri.EscapeDataString(name)}&version=1")).MlflowError(404, "RESOURCE_DOES_NOT_EXIST");
        Assert.Equal("2", Text(await NewVersionAsync(name), "version"));
    }

    [Fact]
    public async Task Alias_SetGotAndDeleted_GoesWithItsVersion()
    {
        string name = await NewModelAsync();
        string asked = Uri.EscapeDataString(name);
        await NewVersionAsync(name);
        await NewVersionAsync(name);
        await mlflow.OkAsync("registered-models/alias", $$"""{"name":"{{name}}","alias":"champion","version":"1"}""");
        await mlflow.OkAsync("registered-models/alias", $$"""{"name":"{{name}}","alias":"champion","version":"2"}""");

        Assert.Equal("2", Text((await mlflow.OkAsync($"registered-models/alias?name={asked}&alias=champion")).GetProperty("model_version"), "version"));
        Assert.Equal("""["champion"]""", (await VersionAsync(name, 2)).GetProperty("aliases").GetRawText());
        Assert.Equal("""[{"alias":"champion","version":"2"}]""", (await ModelAsync(name)).GetProperty("aliases").GetRawText());
        Assert.Equal("2", Text((await mlflow.OkAsync($"registered-models/alias?name={asked}&alias=Latest")).GetProperty("model_version"), "version"));
        (await mlflow.GetAsync($"registered-models/alias?name={asked}&alias=other")).MlflowError(400, "INVALID_PARAMETER_VALUE");
        foreach (string reserved in (string[])["latest", "LATEST", "v1", "V12", "a b"])
            (await mlflow.PostAsync("registered-models/alias", $$"""{"name":"{{name}}","alias":"{{reserved}}","version":"1"}""")).MlflowError(400, "INVALID_PARAMETER_VALUE");
        (await mlflow.PostAsync("registered-models/alias", $$"""{"name":"{{name}}","alias":"x","version":"9"}""")).MlflowError(404, "RESOURCE_DOES_NOT_EXIST");

        await OkAsync(HttpMethod.Delete, "model-versions/delete", $$"""{"name":"{{name}}","version":"2"}""");
        (await mlflow.GetAsync($"registered-models/alias?name={asked}&alias=champion")).MlflowError(400, "INVALID_PARAMETER_VALUE");
        await OkAsync(HttpMethod.Delete, "registered-models/alias", $$"""{"name":"{{name}}","alias":"champion"}""");
    }

    [Fact]
    public async Task Stages_AreTransitionedAndAskedFor()
    {
        string name = await NewModelAsync();
        for (int i = 0; i < 3; i++)
            await NewVersionAsync(name);
        await mlflow.OkAsync("model-versions/transition-stage", $$"""{"name":"{{name}}","version":"1","stage":"production","archive_existing_versions":false}""");
        await mlflow.OkAsync("model-versions/transition-stage", $$"""{"name":"{{name}}","version":"2","stage":"Production","archive_existing_versions":true}""");

        Assert.Equal(["1 Archived", "2 Production", "3 None"], Stages((await mlflow.OkAsync("registered-models/get-latest-versions", $$"""{"name":"{{name}}"}""")).GetProperty("model_versions")));
        Assert.Equal(["2 Production"], Stages((await mlflow.OkAsync($"registered-models/get-latest-versions?name={Uri.EscapeDataString(name)}&stages=PRODUCTION&stages=staging")).GetProperty("model_versions")));
        Assert.Equal(3, (await ModelAsync(name)).GetProperty("latest_versions").GetArrayLength());
        Assert.Contains("Value must be one of", (await mlflow.PostAsync("model-versions/transition-stage", $$"""{"name":"{{name}}","version":"1","stage":"Live"}""")).MlflowError(400, "INVALID_PARAMETER_VALUE"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task LatestVersions_AreInTheOrderOfTheFirstVersionOfEachStage()
    {
        string name = await NewModelAsync();
        for (int i = 0; i < 4; i++)
            await NewVersionAsync(name);
        foreach ((int version, string stage) in new[] { (1, "Archived"), (2, "Production"), (4, "Archived") })
            await mlflow.OkAsync("model-versions/transition-stage", $$"""{"name":"{{name}}","version":"{{version}}","stage":"{{stage}}","archive_existing_versions":false}""");

        Assert.Equal(["4", "2", "3"], (await ModelAsync(name)).GetProperty("latest_versions").EnumerateArray().Select(v => Text(v, "version")));
    }

    [Fact]
    public async Task Description_ThatIsEmptied_IsLeftOut_AndATagWithANameThatIsNone_IsRefused()
    {
        string name = await NewModelAsync();
        await NewVersionAsync(name);

        JsonElement updated = await OkAsync(HttpMethod.Patch, "registered-models/update", $$"""{"name":"{{name}}","description":""}""");

        Assert.False(updated.GetProperty("registered_model").TryGetProperty("description", out _));
        (await mlflow.PostAsync("registered-models/set-tag", $$"""{"name":"{{name}}","key":"../k","value":"v"}""")).MlflowError(400, "INVALID_PARAMETER_VALUE");
        (await mlflow.PostAsync("model-versions/set-tag", $$"""{"name":"{{name}}","version":"1","key":"a!b","value":"v"}""")).MlflowError(400, "INVALID_PARAMETER_VALUE");
        (await mlflow.PostAsync("registered-models/create", $$"""{"name":"{{NewName()}}","tags":[{"key":"/k","value":"v"}]}""")).MlflowError(400, "INVALID_PARAMETER_VALUE");
    }

    [Fact]
    public async Task Search_OfModelsAndVersions_FiltersAndPages()
    {
        string name = await NewModelAsync();
        for (int i = 0; i < 3; i++)
            await NewVersionAsync(name, $"s3://bucket/{i}", $$""","run_id":"run{{i}}" """);
        string only = Uri.EscapeDataString($"name = '{name}'");

        JsonElement first = await mlflow.OkAsync($"model-versions/search?filter={only}&max_results=2&order_by=version_number%20ASC");
        Assert.Equal(["1", "2"], first.GetProperty("model_versions").EnumerateArray().Select(v => Text(v, "version")));
        JsonElement second = await mlflow.OkAsync($"model-versions/search?filter={only}&max_results=2&order_by=version_number%20ASC&page_token={Text(first, "next_page_token")}");
        Assert.Equal(["3"], second.GetProperty("model_versions").EnumerateArray().Select(v => Text(v, "version")));
        Assert.False(second.TryGetProperty("next_page_token", out _));
        Assert.Equal("2", Text((await mlflow.OkAsync($"model-versions/search?filter={Uri.EscapeDataString($"name = '{name}' AND run_id = 'run1'")}")).GetProperty("model_versions")[0], "version"));
        Assert.Equal(name, Text((await mlflow.OkAsync($"registered-models/search?filter={only}")).GetProperty("registered_models")[0], "name"));
        Assert.Equal("{}", (await mlflow.GetAsync("registered-models/search?filter=name%20%3D%20%27none%27")).Body);
        (await mlflow.GetAsync("registered-models/search?max_results=1001")).MlflowError(400, "INVALID_PARAMETER_VALUE");
        (await mlflow.GetAsync("model-versions/search?max_results=200001")).MlflowError(400, "INVALID_PARAMETER_VALUE");
        (await mlflow.GetAsync("model-versions/search?filter=stage%20%3D%20%27x%27")).MlflowError(400, "INVALID_PARAMETER_VALUE");
        (await mlflow.GetAsync("model-versions/search?page_token=x")).MlflowError(400, "INVALID_PARAMETER_VALUE");
    }

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("./model")]
    [InlineData("file:///etc")]
    [InlineData("C:\\models")]
    [InlineData("s3://b/a/../c")]
    [InlineData("mlflow-artifacts:/0/%252e%252e/x")]
    [InlineData("mlflow-artifacts:0/x")]
    [InlineData("")]
    public async Task Create_SourceThatMayMeanAnything_IsRefused(string source)
    {
        string name = await NewModelAsync();

        (await mlflow.PostAsync("model-versions/create", JsonSerializer.Serialize(new { name, source }))).MlflowError(400, "INVALID_PARAMETER_VALUE");
    }

    [Fact]
    public async Task Create_WhatIsWrong_IsSaid()
    {
        (await mlflow.PostAsync("model-versions/create", """{"name":"nowhere","source":"s3://b/m"}""")).MlflowError(404, "RESOURCE_DOES_NOT_EXIST");
        string name = await NewModelAsync();
        (await mlflow.PostAsync("model-versions/create", $$"""{"name":"{{name}}","source":"models:/{{name}}/7"}""")).MlflowError(404, "RESOURCE_DOES_NOT_EXIST");
        (await mlflow.GetAsync($"model-versions/get?name={Uri.EscapeDataString(name)}&version=one")).MlflowError(400, "INVALID_PARAMETER_VALUE");
        (await mlflow.PostAsync("registered-models/create", """{"name":"a/b"}""")).MlflowError(400, "INVALID_PARAMETER_VALUE");
        (await mlflow.PostAsync("registered-models/create", """{}""")).MlflowError(400, "INVALID_PARAMETER_VALUE");
    }

    [Fact]
    public async Task Prompt_IsARegisteredModelThatSearchesLeaveOut()
    {
        string name = NewName();
        const string Tag = """[{"key":"mlflow.prompt.is_prompt","value":"true"}]""";
        await mlflow.OkAsync("registered-models/create", $$"""{"name":"{{name}}","tags":{{Tag}}}""");
        await NewVersionAsync(name, "dummy-source", $$""","tags":{{Tag}}""");

        Assert.Equal("{}", (await mlflow.GetAsync($"registered-models/search?filter={Uri.EscapeDataString($"name = '{name}'")}")).Body);
        Assert.Equal("{}", (await mlflow.GetAsync($"model-versions/search?filter={Uri.EscapeDataString($"name = '{name}'")}")).Body);
        string prompts = Uri.EscapeDataString($"name = '{name}' AND tags.`mlflow.prompt.is_prompt` = 'true'");
        Assert.Single((await mlflow.OkAsync($"registered-models/search?filter={prompts}")).GetProperty("registered_models").EnumerateArray());
        Assert.Single((await mlflow.OkAsync($"model-versions/search?filter={prompts}")).GetProperty("model_versions").EnumerateArray());
    }

    [Fact]
    public async Task VersionOfOurs_IsOneOfMlflowsToo()
    {
        string name = NewName();
        await SampleModels.RegisterAsync(mlflow.Api.Platform, name, $"run of {name.Replace(' ', '-')}", "x,flag\n-1,0\n-2,0\n1,1\n2,1\n", new() { Task = Learning.Trainers.LearningTask.Binary, Target = "flag" });

        JsonElement version = await VersionAsync(name, 1);

        Assert.Equal(("READY", "test"), (Text(version, "status"), Text(version, "user_id")));
        Assert.Equal(Text(version, "source"), Text(await mlflow.OkAsync($"model-versions/get-download-uri?name={Uri.EscapeDataString(name)}&version=1"), "artifact_uri"));
        string copy = await NewModelAsync();
        await NewVersionAsync(copy, $"models:/{name}/1");
        Assert.True((await mlflow.Api.Platform.Registry.FindAsync(new ModelSelector(copy, 1), default)).HasModel);
    }

    [Fact]
    public async Task VersionWithAModelThatIsRead_IsServedHere()
    {
        string name = await NewModelAsync();
        (string run, string root) = await NewArtifactsAsync();
        await UploadAsync($"{root}/model/MLmodel", "flavors:\n  xgboost:\n    data: model.json\n  python_function:\n    data: model.json\n"u8.ToArray());
        await UploadAsync($"{root}/model/model.json", await File.ReadAllBytesAsync(Sample("xgb-categories.json")));
        await NewVersionAsync(name, $"mlflow-artifacts:/{root}/model", $$""","run_id":"{{run}}" """);
        await mlflow.OkAsync("registered-models/alias", $$"""{"name":"{{name}}","alias":"champion","version":"1"}""");

        ModelVersion version = await mlflow.Api.Platform.Registry.ResolveAsync(ModelSelector.Parse($"{name}@champion"), default);

        Assert.Equal(("xgboost", "model.json", "xgboost-json", run), (version.Trainer, version.Source!.Import!.File, version.Source.Import.Format, version.RunId));
        Assert.Equal(version.ModelDigest, (await mlflow.Api.Platform.Registry.FindAsync(new ModelSelector(name, 1), default)).ModelDigest);
        ApiAnswer answer = await mlflow.Api.PostTextAsync($"/v2/models/{Uri.EscapeDataString(name)}/versions/champion/infer", Rows(version));
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal(200, (await mlflow.Api.GetAsync($"/model-versions/get-artifact?name={Uri.EscapeDataString(name)}&version=1&path=MLmodel")).Status);
        string copy = await NewModelAsync();
        await NewVersionAsync(copy, $"models:/{name}/1");
        Assert.Equal($"mlflow-artifacts:/{root}/model", Text(await mlflow.OkAsync($"model-versions/get-download-uri?name={Uri.EscapeDataString(copy)}&version=1"), "artifact_uri"));
    }

    [Fact]
    public async Task VersionWithAnOnnxModel_IsServedHere_WithTheNamesOfItsSignature()
    {
        string trained = NewName(), name = await NewModelAsync();
        await SampleModels.RegisterAsync(mlflow.Api.Platform, trained, $"run of {trained.Replace(' ', '-')}", "x,y\n1,3\n2,5\n3,7\n4,9\n", new() { Task = Learning.Trainers.LearningTask.Regression, Target = "y" });
        byte[] onnx = await mlflow.Api.Http.GetByteArrayAsync(new Uri($"/api/v1/models/{Uri.EscapeDataString(trained)}/versions/1/file?format=onnx", UriKind.Relative));
        (string run, string root) = await NewArtifactsAsync();
        await UploadAsync($"{root}/model/MLmodel", """
            flavors:
              onnx:
                data: model.onnx
              python_function:
                data: model.onnx
            signature:
              inputs: '[{"type": "double", "name": "size", "required": true}]'
            """u8.ToArray());
        await UploadAsync($"{root}/model/model.onnx", onnx);
        await NewVersionAsync(name, $"runs:/{run}/model", $$""","run_id":"{{run}}" """);

        double[] answer = await PredictAsync(name, "size");

        // ONNX has its numbers in 32 bits.
        Assert.Equal(await PredictAsync(trained, "x"), answer, (a, b) => Math.Abs(a - b) < 1e-4);
    }

    [Fact]
    public async Task VersionOfALoggedModel_HasItsFilesAndIsNotedThere()
    {
        string name = await NewModelAsync();
        string experiment = await mlflow.NewExperimentAsync();
        string id = Text((await mlflow.OkAsync("logged-models", $$"""{"experiment_id":"{{experiment}}","name":"m","source_run_id":"r7"}""")).GetProperty("model").GetProperty("info"), "model_id");

        JsonElement version = await NewVersionAsync(name, $"models:/{id}", $$""","model_id":"{{id}}" """);

        Assert.Equal(("r7", id), (Text(version, "run_id"), Text(version, "model_id")));
        Assert.Equal($"mlflow-artifacts:/{experiment}/models/{id}/artifacts", Text(await mlflow.OkAsync($"model-versions/get-download-uri?name={Uri.EscapeDataString(name)}&version=1"), "artifact_uri"));
        Assert.Contains("mlflow.modelVersions", (await mlflow.GetAsync($"logged-models/{id}")).Body, StringComparison.Ordinal);
        Assert.Equal("7", Text(await NewVersionAsync(name, "s3://b/m", ""","version":"7" """), "version"));
    }

    [Fact]
    public async Task VersionWithAPickle_IsKeptAndNotServed()
    {
        string name = await NewModelAsync();
        (string run, string root) = await NewArtifactsAsync();
        await UploadAsync($"{root}/model/MLmodel", "flavors:\n  python_function:\n    model_path: model.pkl\n  sklearn:\n    pickled_model: model.pkl\n"u8.ToArray());
        await UploadAsync($"{root}/model/model.pkl", [0x80, 4, 0x95]);
        await NewVersionAsync(name, $"runs:/{run}/model", $$""","run_id":"{{run}}" """);

        string why = (await mlflow.Api.PostTextAsync($"/v2/models/{Uri.EscapeDataString(name)}/versions/1/infer", """{"inputs":[{"name":"x","datatype":"FP64","shape":[1],"data":[1]}]}""")).Error(400);

        Assert.Contains("sklearn", why, StringComparison.Ordinal);
        Assert.Contains("skl2onnx", why, StringComparison.Ordinal);
        (await mlflow.Api.PostTextAsync($"/api/v1/rollouts/{Uri.EscapeDataString(name)}", """{"version":1}""")).Problem(400, "model-not-importable");
        Assert.Equal("READY", Text(await VersionAsync(name, 1), "status"));
    }

    [Fact]
    public async Task Delete_OfWhatServes_IsRefused()
    {
        string name = NewName();
        await SampleModels.ServeFlagAsync(mlflow.Api.Platform, name);

        (await SendAsync(HttpMethod.Delete, "model-versions/delete", $$"""{"name":"{{name}}","version":"1"}""")).MlflowError(409, "RESOURCE_CONFLICT");
        (await SendAsync(HttpMethod.Delete, "registered-models/delete", $$"""{"name":"{{name}}"}""")).MlflowError(409, "RESOURCE_CONFLICT");
        (await mlflow.PostAsync("registered-models/rename", $$"""{"name":"{{name}}","new_name":"{{name}} b"}""")).MlflowError(409, "RESOURCE_CONFLICT");
        await NewVersionAsync(name);
        await OkAsync(HttpMethod.Delete, "model-versions/delete", $$"""{"name":"{{name}}","version":"2"}""");
    }

    private async Task<(string Run, string Root)> NewArtifactsAsync()
    {
        string experiment = await mlflow.NewExperimentAsync();
        string run = await mlflow.NewRunAsync(experiment);
        return (run, $"{experiment}/{run}/artifacts");
    }

    private async Task UploadAsync(string path, byte[] content) =>
        Assert.Equal(200, (await mlflow.Api.SendAsync(HttpMethod.Put, $"/api/2.0/mlflow-artifacts/artifacts/{path}", new ByteArrayContent(content))).Status);

    private static string Rows(ModelVersion version) => JsonSerializer.Serialize(new
    {
        inputs = version.Signature.Inputs.Select(i => i.Levels is [var level, ..]
            ? (object)new { name = i.Name, datatype = "BYTES", shape = new[] { 1 }, data = new[] { level } }
            : new { name = i.Name, datatype = "FP64", shape = new[] { 1 }, data = new[] { 1.5 } }),
    });

    private static IEnumerable<string> Stages(JsonElement versions) => versions.EnumerateArray().Select(v => $"{Text(v, "version")} {Text(v, "current_stage")}");

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    private static string Sample(string file)
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "MlOps.sln")))
            folder = folder.Parent;
        return Path.Combine(folder!.FullName, "tests", "Learning.Tests", "Importing", "Samples", file);
    }

    private async Task<double[]> PredictAsync(string model, string column)
    {
        ApiAnswer answer = await mlflow.Api.PostTextAsync($"/invocations?model={Uri.EscapeDataString(model + "/1")}", $$"""{"dataframe_split":{"columns":["{{column}}"],"data":[[1.5],[2.5]]} }""");
        Assert.True(answer.Status == 200, answer.Body);
        return [.. answer.Json.GetProperty("predictions").EnumerateArray().Select(p => p.GetDouble())];
    }
}
