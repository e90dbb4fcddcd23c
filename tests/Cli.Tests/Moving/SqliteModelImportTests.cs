using MlOps.Domain.Experiments;
using MlOps.Domain.Experiments.Models;
using MlOps.Domain.Experiments.Traces;
using MlOps.Domain.Registry;

namespace MlOps.Cli.Tests.Moving;

/// <summary>Registered models, logged models and traces by `mlops import mlflow --sqlite`.</summary>
public sealed class SqliteModelImportTests(TwoServers servers) : MoveTest(servers)
{
    private readonly string _modelId = "m-" + NewRun();
    private readonly string _traceId = "tr-" + NewRun();

    private string Database => Folder["mlflow.db"];

    [Fact]
    public async Task Import_OfALoggedModel_CopiesAllOfItUnderItsId()
    {
        string run = NewRun();
        MlflowFile file = File("logged", run);
        file.AddLoggedModel(_modelId, run);
        Write($"mlruns/1/models/{_modelId}/artifacts/MLmodel", "flavors");

        Cli first = await ImportAsync("--sqlite", Database, "--artifacts", Folder["mlruns"], "--experiments", "logged");
        Cli second = await ImportAsync("--sqlite", Database, "--artifacts", Folder["mlruns"], "--experiments", "logged");

        Assert.True(first.ExitCode == 0, first.Output);
        Assert.Equal(((1, 0), (0, 1)), (Parts(first, "loggedModels"), Parts(second, "loggedModels")));
        LoggedModel copy = await Here.Models.GetAsync(_modelId, default);
        Assert.Equal(("clf", "Classifier", LoggedModelStatus.Ready, run, 1_700_000_000_500), (copy.Name, copy.Type, copy.Status, copy.SourceRunId, copy.CreatedAt.ToUnixTimeMilliseconds()));
        Assert.Equal(("6", "tree"), (copy.Params["depth"], copy.Tags["kind"]));
        ModelMetric metric = Assert.Single(copy.Metrics);
        Assert.Equal((run, "auc", 0.75, 3, "toy", "d1"), (metric.RunId, metric.Name, metric.Value, metric.Step, metric.DatasetName, metric.DatasetDigest));
        Run of = await Here.GetRunAsync(run, default);
        Assert.Equal((_modelId, new ModelLink(_modelId, 7)), (of.ModelInputs.Single().ModelId, of.ModelOutputs.Single()));
        Assert.Single(await Here.MetricHistoryAsync(run, "auc", default));
        using var reader = new StreamReader((await Here.Artifacts.DownloadAsync($"{copy.ExperimentId}/models/{_modelId}/artifacts/MLmodel", default)).Content!);
        Assert.Equal("flavors", await reader.ReadToEndAsync());
    }

    [Fact]
    public async Task Import_OfATrace_CopiesItWithAssessmentsAndSpans()
    {
        string run = NewRun();
        MlflowFile file = File("traced", run);
        file.AddTrace(_traceId, run);

        Cli first = await ImportAsync("--sqlite", Database, "--experiments", "traced");
        Cli second = await ImportAsync("--sqlite", Database, "--experiments", "traced");

        Assert.True(first.ExitCode == 0, first.Output);
        Assert.Equal(((1, 0), (0, 1)), (Parts(first, "traces"), Parts(second, "traces")));
        Trace copy = await Here.Traces.GetAsync(_traceId, default);
        Assert.Equal((TraceState.Ok, 1500L, "what?", "42", run, "answer"), (copy.State, copy.Milliseconds, copy.RequestPreview, copy.ResponsePreview, copy.Metadata[Trace.RunKey], copy.Tags[Trace.NameTag]));
        Assert.False(copy.Tags.ContainsKey("mlflow.trace.spansLocation"));
        Assert.Equal([("a-1", "good", "why not"), ("a-2", "truth", null)], copy.Assessments.Select(a => (a.Id, a.Name, a.Rationale)));
        Assert.Contains("JSON_FORMAT", copy.Assessments[1].Expectation!.Value.GetRawText(), StringComparison.Ordinal);
        using var reader = new StreamReader((await Here.Traces.DownloadSpansAsync(_traceId, default)).Content!);
        Assert.Equal("""{"spans":[{"name":"answer"},{"name":"inner"}]}""", await reader.ReadToEndAsync());
    }

    [Fact]
    public async Task Import_OfARegisteredModel_KeepsNumbersAliasesStagesAndPointsToTheMovedFiles()
    {
        string run = NewRun();
        MlflowFile file = File("registered", run);
        file.AddRegistry();
        file.Registered("line", "a line");
        file.Run("INSERT INTO registered_model_tags VALUES ('line', 'team', 'crm')");
        file.Version("line", 1, "s3://bucket/1", stage: "Archived");
        file.Version("line", 2, "x", stage: "Deleted_Internal");
        file.Version("line", 3, $"/elsewhere/mlruns/1/{run}/artifacts/model", run, "Production");
        file.Version("line", 5, "models:/line/3");
        file.Run("INSERT INTO model_version_tags VALUES ('line', 3, 'note', 'ünï')");
        file.Alias("line", "champion", 3);

        Cli first = await ImportAsync("--sqlite", Database);
        Cli second = await ImportAsync("--sqlite", Database);

        Assert.True(first.ExitCode == 0, first.Output);
        Assert.Equal(((3, 0), (0, 3)), (Versions(first), Versions(second)));
        RegisteredModel model = await Registry.GetModelAsync("line", default);
        Assert.Equal(("a line", "crm", 3), (model.Description, model.Tags["team"], model.Aliases["champion"]));
        IReadOnlyList<ModelVersion> versions = await Registry.ListVersionsAsync("line", default);
        Assert.Equal([(5, ModelStage.None), (3, ModelStage.Production), (1, ModelStage.Archived)], versions.Select(v => (v.Version, v.Stage)));
        ModelVersion third = versions[1];
        Assert.Equal((run, "number 3", "ünï", 1_700_000_000_003), (third.RunId, third.Description, third.Tags["note"], third.CreatedAt.ToUnixTimeMilliseconds()));
        Assert.Equal($"{ArtifactUris.OfRun(await Here.GetRunAsync(run, default))}/model", third.SourceUri);
        Assert.Equal(("models:/line/3", third.SourceUri), (versions[0].SourceUri, versions[0].Source!.Location));
        Assert.Equal("s3://bucket/1", versions[2].SourceUri);
    }

    [Fact]
    public async Task Import_Again_FollowsTheSourceAndLeavesWhatWasMovedOrDeletedHere()
    {
        MlflowFile file = new(Database);
        file.AddRegistry();
        file.Registered("follow");
        for (int number = 1; number <= 3; number++)
            file.Version("follow", number, $"s3://bucket/{number}");
        file.Alias("follow", "ours", 1);
        file.Alias("follow", "theirs", 1);
        file.Alias("follow", "both", 1);
        file.Alias("follow", "dropped", 1);
        await ImportAsync("--sqlite", Database);
        await Registry.SetAliasAsync("follow", "ours", 2, null, "ann", default);
        await Registry.SetAliasAsync("follow", "both", 2, null, "ann", default);
        await Registry.Catalog.DeleteVersionAsync("follow", 3, "ann", default);
        file.Alias("follow", "theirs", 2);
        file.Alias("follow", "both", 3);
        file.Run("DELETE FROM registered_model_aliases WHERE alias = 'dropped'");
        file.Run("UPDATE model_versions SET description = 'new', current_stage = 'Staging' WHERE version = 2");

        Cli run = await ImportAsync("--sqlite", Database);

        Assert.Equal((1, 1), Versions(run));
        Assert.Equal(1, (int)run.Json["models"]![0]!["left"]!);
        RegisteredModel model = await Registry.GetModelAsync("follow", default);
        Assert.Equal([("both", 2), ("ours", 2), ("theirs", 2)], model.Aliases.Select(a => (a.Key, a.Value)).Order());
        Assert.Equal([(2, "new", ModelStage.Staging), (1, "number 1", ModelStage.None)], (await Registry.ListVersionsAsync("follow", default)).Select(v => (v.Version, v.Description!, v.Stage)));
    }

    [Fact]
    public async Task Import_NumberTakenHere_BecomesTheNextOneAndIsNoted()
    {
        MlflowFile file = new(Database);
        file.AddRegistry();
        file.Registered("taken numbers");
        file.Version("taken numbers", 1, "s3://bucket/1");
        await ImportAsync("--sqlite", Database);
        await Registry.RegisterAsync("taken numbers", new SourceRegistration("s3://own", "s3://own"), "ann", default);
        file.Version("taken numbers", 2, "s3://bucket/2");

        Cli run = await ImportAsync("--sqlite", Database);
        Cli again = await ImportAsync("--sqlite", Database);

        Assert.Equal(((1, 1), (0, 2)), (Versions(run), Versions(again)));
        Assert.Equal(["s3://bucket/2", "s3://own", "s3://bucket/1"], (await Registry.ListVersionsAsync("taken numbers", default)).Select(v => v.SourceUri));
        Assert.Contains("version 2 of 'taken numbers' is version 3", (string)run.Json["notes"]![0]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_NameOfAnotherModel_IsRefusedAndTheOthersAreCopied()
    {
        await Registry.Catalog.CreateAsync("foreign", null, new Dictionary<string, string>(), "ann", default);
        await Registry.RegisterAsync("foreign", new SourceRegistration("s3://own", "s3://own"), "ann", default);
        MlflowFile file = new(Database);
        file.AddRegistry();
        file.Registered("foreign");
        file.Version("foreign", 1, "s3://bucket/1");
        file.Registered("free");
        file.Version("free", 1, "s3://bucket/1");
        file.Version("free", 2, "/home/ann/model");

        Cli run = await ImportAsync("--sqlite", Database);

        Assert.Equal((1, (1, 0)), (run.ExitCode, Versions(run)));
        Assert.Equal([("foreign", null), ("free", 2)], run.Json["problems"]!.AsArray().Select(p => ((string)p!["model"]!, (int?)p["version"])));
        Assert.Equal("s3://own", (await Registry.ListVersionsAsync("foreign", default)).Single().SourceUri);
    }

    [Fact]
    public async Task Import_ThatWasBrokenOff_IsCompletedByTheNextWithoutDoubles()
    {
        string run = NewRun();
        MlflowFile file = File("half models", run);
        file.AddLoggedModel(_modelId, run);
        file.AddRegistry();
        file.Registered("half");
        file.Version("half", 2, $"models:/{_modelId}", run, "Staging");
        string[] args = ["--sqlite", Database, "--models", "half"];
        Assert.Equal((1, 0), Versions(await ImportAsync(args)));
        // As they are left before the last mark is set.
        await Here.Models.DeleteTagAsync(_modelId, "mlops.source.copied", default);
        await Registry.Catalog.TagAsync("half", 2, "mlops.source.copied", null, "ann", default);
        await Registry.Catalog.TagAsync("half", "mlops.source.versions", null, "ann", default);
        await Registry.Catalog.StageAsync("half", 2, ModelStage.None, false, "ann", default);

        Cli next = await ImportAsync(args);

        Assert.Equal(((1, 0), (1, 0)), (Versions(next), Parts(next, "loggedModels")));
        ModelVersion version = Assert.Single(await Registry.ListVersionsAsync("half", default));
        Assert.Equal((2, ModelStage.Staging, $"models:/{_modelId}", _modelId), (version.Version, version.Stage, version.SourceUri, version.Source!.ModelId));
        Assert.Equal((0, 1), Versions(await ImportAsync(args)));
    }

    [Fact]
    public async Task Import_OfAFileWithWorkspaces_CopiesTheDefaultOneAndNamesTheOthers()
    {
        string run = NewRun();
        MlflowFile file = File("of default", run);
        file.Experiment(2, "of w2");
        file.AddRegistry();
        foreach (string model in new[] { "shared", "shared", "only w2" })
        {
            file.Registered(model);
            file.Version(model, 1, "s3://" + model);
        }

        foreach (string table in new[] { "experiments", "registered_models", "registered_model_tags", "registered_model_aliases", "model_versions", "model_version_tags" })
            file.Run($"ALTER TABLE {table} ADD COLUMN workspace VARCHAR(63) NOT NULL DEFAULT 'default'");
        file.Run("UPDATE experiments SET workspace = 'w2' WHERE experiment_id = 2");
        file.Run("UPDATE registered_models SET workspace = 'w2' WHERE rowid <> 1");
        file.Run("UPDATE model_versions SET workspace = 'w2', source = 's3://w2' WHERE rowid <> 1");

        Cli imported = await ImportAsync("--sqlite", Database);

        Assert.Equal((0, (1, 0)), (imported.ExitCode, Versions(imported)));
        Assert.Equal("s3://shared", Assert.Single(await Registry.ListVersionsAsync("shared", default)).SourceUri);
        Assert.Contains(imported.Json["notes"]!.AsArray(), n => ((string)n!).Contains("workspace 'w2'", StringComparison.Ordinal));
        Assert.Equal(["Default", "of default"], imported.Json["experiments"]!.AsArray().Select(e => (string)e!["name"]!).Order());
    }

    [Fact]
    public async Task Import_OfModelsByName_BringsOnlyTheRunsThatTheyAreOf()
    {
        string run = NewRun(), other = NewRun();
        MlflowFile file = File("chosen", run, other);
        file.AddRegistry();
        file.Registered("chosen one");
        file.Version("chosen one", 1, $"runs:/{run}/model", run);
        file.Registered("not chosen");

        Cli dry = await ImportAsync("--sqlite", Database, "--models", "chosen one", "--dry-run");
        Cli first = await ImportAsync("--sqlite", Database, "--models", "chosen one");
        Cli unknown = await ImportAsync("--sqlite", Database, "--models", "none such");

        Assert.Equal(((1, 0, 0), (1, 0)), (Counts(dry), Versions(dry)));
        Assert.Equal(((1, 0, 0), (1, 0)), (Counts(first), Versions(first)));
        Assert.Equal((2, "model-missing"), (unknown.ExitCode, (string)unknown.Json["error"]!["code"]!));
        Assert.Equal([run], (await Here.ListRunsAsync("chosen", default).ToListAsync()).Select(r => r.Id));
        Assert.Equal($"runs:/{run}/model", (await Registry.ListVersionsAsync("chosen one", default)).Single().SourceUri);
        Assert.DoesNotContain("not chosen", (await Registry.ListModelsAsync(default)).Select(m => m.Name));
    }

    [Fact]
    public async Task Import_OfStrangeValues_NamesTableAndColumn()
    {
        string run = NewRun();
        MlflowFile file = File("strange models", run);
        file.AddLoggedModel(_modelId, run);
        file.AddTrace(_traceId, run);
        file.Run("UPDATE logged_models SET creation_timestamp_ms = 'soon'");
        file.Run("UPDATE trace_info SET execution_time_ms = 'long'");

        Cli told = await ImportAsync("--sqlite", Database, "--experiments", "strange models");

        Assert.Equal(1, told.ExitCode);
        string[] problems = [.. told.Json["problems"]!.AsArray().Select(p => $"{p!["loggedModel"] ?? p["trace"]}: {p["message"]}")];
        Assert.Contains(problems, p => p.StartsWith(_modelId, StringComparison.Ordinal) && p.Contains("creation_timestamp_ms of table logged_models holds 'soon'", StringComparison.Ordinal));
        Assert.Contains(problems, p => p.StartsWith(_traceId, StringComparison.Ordinal) && p.Contains("execution_time_ms of table trace_info holds 'long'", StringComparison.Ordinal));
    }

    private static string NewRun() => Guid.NewGuid().ToString("N");

    private static (int Copied, int Unchanged) Versions(Cli run) => (run.Json["models"]!.AsArray().Sum(m => (int)m!["copied"]!), run.Json["models"]!.AsArray().Sum(m => (int)m!["unchanged"]!));

    private static (int Copied, int Unchanged) Parts(Cli run, string what) =>
        (run.Json["experiments"]!.AsArray().Sum(e => (int)e![what]!["copied"]!), run.Json["experiments"]!.AsArray().Sum(e => (int)e![what]!["unchanged"]!));

    /// <summary>With an experiment 1 and runs in it.</summary>
    private MlflowFile File(string experiment, params string[] runs)
    {
        var file = new MlflowFile(Database);
        file.Experiment(1, experiment);
        foreach (string id in runs)
            file.Run(id, 1, $"/elsewhere/mlruns/1/{id}/artifacts");
        return file;
    }

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Folder[path])!);
        System.IO.File.WriteAllText(Folder[path], text);
    }
}
