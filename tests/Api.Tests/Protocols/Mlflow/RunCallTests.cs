using System.Text.Json;
using MlOps.Domain.Experiments;

namespace MlOps.Api.Tests.Protocols.Mlflow;

[Collection(MlflowTests.Name)]
public sealed class RunCallTests(MlflowServer mlflow)
{
    [Fact]
    public async Task Create_IsRunningWithNameTagAndArtifactPlace()
    {
        string experiment = await mlflow.NewExperimentAsync();

        JsonElement run = (await mlflow.OkAsync("runs/create", $$"""{"experiment_id":"{{experiment}}","user_id":"ann","run_name":"first","start_time":1700000000123,"tags":[{"key":"a","value":"b"}]}""")).GetProperty("run");

        JsonElement info = run.GetProperty("info");
        string id = Text(info, "run_id");
        Assert.Matches("^[0-9a-f]{32}$", id);
        Assert.Equal((id, experiment, "first", "ann", "RUNNING", "active"), (Text(info, "run_uuid"), Text(info, "experiment_id"), Text(info, "run_name"), Text(info, "user_id"), Text(info, "status"), Text(info, "lifecycle_stage")));
        Assert.Equal($"mlflow-artifacts:/{experiment}/{id}/artifacts", Text(info, "artifact_uri"));
        Assert.Equal("1700000000123", info.GetProperty("start_time").GetRawText());
        Assert.False(info.TryGetProperty("end_time", out _));
        Assert.Equal("""{"tags":[{"key":"a","value":"b"},{"key":"mlflow.runName","value":"first"}]}""", run.GetProperty("data").GetRawText());
    }

    [Fact]
    public async Task Create_WithoutExperimentAndName_GoesToDefaultUnderANameOfItsOwn()
    {
        JsonElement info = (await mlflow.OkAsync("runs/create", "{}")).GetProperty("run").GetProperty("info");

        Assert.Equal("0", Text(info, "experiment_id"));
        Assert.Matches("^[a-z]+-[a-z]+-[0-9]+$", Text(info, "run_name"));
    }

    [Fact]
    public async Task Create_BeforeTheYear1970_IsARunAsAnyOther()
    {
        string experiment = await mlflow.NewExperimentAsync();
        foreach (long start in new[] { -1, 5, -11_644_473_600_000, -86_400_000 })
            await mlflow.OkAsync("runs/create", $$"""{"experiment_id":"{{experiment}}","start_time":{{start}},"run_name":"{{start}}"}""");

        JsonElement early = await mlflow.OkAsync("runs/search", $$"""{"experiment_ids":["{{experiment}}"],"filter":"attributes.start_time < 0","order_by":["attributes.start_time ASC"]}""");
        JsonElement[] runs = [.. early.GetProperty("runs").EnumerateArray().Select(run => run.GetProperty("info"))];
        Assert.Equal([-11_644_473_600_000, -86_400_000, -1], runs.Select(run => run.GetProperty("start_time").GetInt64()));
        JsonElement all = await mlflow.OkAsync("runs/search", $$"""{"experiment_ids":["{{experiment}}"]}""");
        Assert.Equal(["5", "-1", "-86400000", "-11644473600000"], all.GetProperty("runs").EnumerateArray().Select(run => Text(run.GetProperty("info"), "run_name")));
        JsonElement ended = await mlflow.OkAsync("runs/update", $$"""{"run_id":"{{Text(runs[1], "run_id")}}","status":"FINISHED","end_time":-4000}""");
        Assert.Equal((-86_400_000, -4_000), (ended.GetProperty("run_info").GetProperty("start_time").GetInt64(), ended.GetProperty("run_info").GetProperty("end_time").GetInt64()));
    }

    [Theory]
    [InlineData(-11_644_473_600_001)]
    [InlineData(253_402_300_800_000)]
    [InlineData(long.MinValue)]
    public async Task Create_InNoYearThatCanBeStored_IsRefused(long start) =>
        Assert.Contains("years 1601 to 9999", (await mlflow.PostAsync("runs/create", $$"""{"start_time":{{start}}}""")).MlflowError(400, "INVALID_PARAMETER_VALUE"), StringComparison.Ordinal);

    [Fact]
    public async Task Create_NameAndTagThatDiffer_IsRefused() =>
        (await mlflow.PostAsync("runs/create", """{"run_name":"a","tags":[{"key":"mlflow.runName","value":"b"}]}""")).MlflowError(400, "INVALID_PARAMETER_VALUE");

    [Fact]
    public async Task Update_EndsAndRenames()
    {
        string run = await mlflow.NewRunAsync();

        JsonElement info = (await mlflow.OkAsync("runs/update", $$"""{"run_id":"{{run}}","status":"FINISHED","end_time":1800000000000,"run_name":"second"}""")).GetProperty("run_info");

        Assert.Equal(("FINISHED", "second", 1800000000000), (Text(info, "status"), Text(info, "run_name"), info.GetProperty("end_time").GetInt64()));
        Assert.Equal("second", Tag(await mlflow.RunAsync(run), "mlflow.runName"));
        (await mlflow.PostAsync("runs/update", $$"""{"run_id":"{{run}}","status":"DONE"}""")).MlflowError(400, "INVALID_PARAMETER_VALUE");
    }

    [Fact]
    public async Task SetTag_RunName_Renames()
    {
        string run = await mlflow.NewRunAsync();

        await mlflow.OkAsync("runs/set-tag", $$"""{"run_uuid":"{{run}}","key":"mlflow.runName","value":"by tag"}""");

        Assert.Equal("by tag", Text((await mlflow.RunAsync(run)).GetProperty("info"), "run_name"));
    }

    [Fact]
    public async Task Delete_RefusesWritesUntilRestored()
    {
        string run = await mlflow.NewRunAsync();
        await mlflow.OkAsync("runs/delete", $$"""{"run_id":"{{run}}"}""");
        await mlflow.OkAsync("runs/delete", $$"""{"run_id":"{{run}}"}""");

        Assert.Equal("deleted", Text((await mlflow.RunAsync(run)).GetProperty("info"), "lifecycle_stage"));
        (await mlflow.PostAsync("runs/log-parameter", $$"""{"run_id":"{{run}}","key":"a","value":"b"}""")).MlflowError(400, "INVALID_PARAMETER_VALUE");

        await mlflow.OkAsync("runs/restore", $$"""{"run_id":"{{run}}"}""");
        await mlflow.OkAsync("runs/log-parameter", $$"""{"run_id":"{{run}}","key":"a","value":"b"}""");
    }

    [Theory]
    [InlineData("runs/delete")]
    [InlineData("runs/restore")]
    [InlineData("runs/update")]
    public async Task UnknownRun_IsNotFound(string path) => (await mlflow.PostAsync(path, """{"run_id":"0123456789abcdef"}""")).MlflowError(404, "RESOURCE_DOES_NOT_EXIST");

    [Fact]
    public async Task RunOfAPipeline_IsARunOfMlflowsToo()
    {
        await mlflow.Api.Platform.Experiments.StartRunAsync(new RunStart("telco-7-train", "ours", "gbdt", new RunLineage("telco@3", "d1"), RunChanges.NoTexts), default);

        JsonElement run = await mlflow.RunAsync("telco-7-train");

        Assert.Equal(("gbdt", "RUNNING"), (Text(run.GetProperty("info"), "run_name"), Text(run.GetProperty("info"), "status")));
        Assert.Equal(("telco@3", "d1"), (Text(run.GetProperty("inputs").GetProperty("dataset_inputs")[0].GetProperty("dataset"), "name"), Text(run.GetProperty("inputs").GetProperty("dataset_inputs")[0].GetProperty("dataset"), "digest")));
    }

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    private static string Tag(JsonElement run, string key) => run.GetProperty("data").GetProperty("tags").EnumerateArray().Single(t => Text(t, "key") == key).GetProperty("value").GetString()!;
}
