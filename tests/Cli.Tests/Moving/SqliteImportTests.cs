using MlOps.Domain.Experiments;

namespace MlOps.Cli.Tests.Moving;

/// <summary>`mlops import mlflow --sqlite`.</summary>
public sealed class SqliteImportTests(TwoServers servers) : MoveTest(servers)
{
    private string Database => Folder["mlflow.db"];

    [Fact]
    public async Task Import_OfAFile_CopiesAllOfARunUnderItsId()
    {
        MlflowFile file = File("whole", "aa01");
        file.Param("aa01", "depth", "6");
        file.Metric("aa01", "loss", 0.5, 1);
        file.Metric("aa01", "loss", 0.25, 2);
        file.Metric("aa01", "nan", 0, 0, isNan: true);
        file.Metric("aa01", "inf", double.MaxValue, 0);
        file.Run("INSERT INTO tags VALUES ('mlflow.parentRunId', 'aa00', 'aa01'), ('note', 'ünï', 'aa01')");
        file.Run("INSERT INTO datasets VALUES ('d1', 1, 'tab', 'x1', 'http', '{}', NULL, NULL)");
        file.Run("INSERT INTO inputs VALUES ('i1', 'DATASET', 'd1', 'RUN', 'aa01')");
        file.Run("INSERT INTO input_tags VALUES ('i1', 'mlflow.data.context', 'training')");

        Cli run = await ImportAsync("--sqlite", Database, "--artifacts", Folder["mlruns"]);

        Assert.True(run.ExitCode == 0, run.Output);
        Run copy = await Here.GetRunAsync("aa01", default);
        Assert.Equal(("whole", "run aa01", RunStatus.Finished, "ann"), (copy.Experiment, copy.Name, copy.Status, copy.User));
        Assert.Equal((1_700_000_000_000, 1_700_000_001_000), (copy.StartedAt.ToUnixTimeMilliseconds(), copy.EndedAt!.Value.ToUnixTimeMilliseconds()));
        Assert.Equal(("6", "aa00", "ünï"), (copy.Params["depth"], copy.Tags["mlflow.parentRunId"], copy.Tags["note"]));
        Assert.Equal([(0.5, 1L), (0.25, 2L)], (await Here.MetricHistoryAsync("aa01", "loss", default)).Select(p => (p.Value, p.Step)));
        Assert.Equal([double.NaN, double.PositiveInfinity], [copy.Metrics["nan"], copy.Metrics["inf"]]);
        Assert.Equal(("tab", "training"), (copy.Inputs.Single().Name, copy.Inputs.Single().Tags["mlflow.data.context"]));
        Assert.Equal("model of aa01", await TextAsync(Here, "aa01", "model/model.txt"));
    }

    [Fact]
    public async Task Import_Again_CopiesWhatIsNewAndNothingTwice()
    {
        MlflowFile file = File("again", "ab01", "ab02");
        file.Metric("ab01", "loss", 1, 1);
        string[] args = ["--sqlite", Database, "--artifacts", Folder["mlruns"]];
        Cli dry = await ImportAsync([.. args, "--dry-run"]);
        Assert.Equal((2, 0, 0), Counts(dry));
        Assert.Null(await Here.Catalog.FindByNameAsync("again", default));

        Assert.Equal((2, 0, 0), Counts(await ImportAsync(args)));
        Assert.Equal((0, 2, 0), Counts(await ImportAsync(args)));
        file.Metric("ab01", "loss", 2, 2);
        file.Run("ab03", 1, "./mlruns/1/ab03/artifacts");

        Assert.Equal((2, 1, 0), Counts(await ImportAsync(args)));
        Assert.Equal(2, (await Here.MetricHistoryAsync("ab01", "loss", default)).Count);
        Assert.Equal(3, await Here.ListRunsAsync("again", default).CountAsync());
    }

    [Fact]
    public async Task Import_OfAnOldSchema_ReadsWhatIsThere()
    {
        var file = new MlflowFile(Database, isOld: true);
        file.Experiment(1, "old");
        file.Run("ac01", 1, "");
        file.Run("INSERT INTO metrics VALUES ('loss', 0.5, 1700000000000, 'ac01', 3)");
        file.Run("INSERT INTO latest_metrics VALUES ('loss', 0.5, 1700000000000, 'ac01', 3)");

        Cli run = await ImportAsync("--sqlite", Database);

        Assert.Equal((1, 0, 0), Counts(run));
        Assert.Equal(0.5, (await Here.GetRunAsync("ac01", default)).Metrics["loss"]);
    }

    [Fact]
    public async Task Import_OfDeletedOnes_LeavesThemDeleted()
    {
        MlflowFile file = File("lives", "ad01");
        file.Run("ad02", 1, "", stage: "deleted");
        file.Experiment(2, "dead", "deleted");
        file.Run("ad03", 2, "");

        await ImportAsync("--sqlite", Database);
        Cli again = await ImportAsync("--sqlite", Database);

        Assert.Equal((0, 3, 0), Counts(again));
        Assert.Null((await Here.GetRunAsync("ad01", default)).DeletedAt);
        Assert.NotNull((await Here.GetRunAsync("ad02", default)).DeletedAt);
        Assert.NotNull((await Here.Catalog.FindByNameAsync("dead", default))!.DeletedAt);
    }

    [Fact]
    public async Task Import_OfADeletedDefault_KeepsOursAndWhatWasLoggedHere()
    {
        MlflowFile file = File("own", "c001", "c002");
        await ImportAsync("--sqlite", Database);
        await Here.StartRunAsync(new RunStart("c-own", "own", "mine", RunLineage.None, RunChanges.NoTexts), default);
        await Here.StartRunAsync(new RunStart("c-default", "Default", "mine", RunLineage.None, RunChanges.NoTexts), default);
        file.Run("UPDATE experiments SET lifecycle_stage = 'deleted'");
        file.Run("UPDATE runs SET lifecycle_stage = 'deleted' WHERE run_uuid = 'c001'");

        Cli run = await ImportAsync("--sqlite", Database);

        Assert.True(run.ExitCode == 0, run.Output);
        foreach (string experiment in new[] { "own", "Default" })
            Assert.Null((await Here.Catalog.FindByNameAsync(experiment, default))!.DeletedAt);
        foreach (string id in new[] { "c-own", "c-default", "c002" })
            Assert.Null((await Here.GetRunAsync(id, default)).DeletedAt);
        Assert.NotNull((await Here.GetRunAsync("c001", default)).DeletedAt);
        Assert.Equal(2, run.Json["notes"]!.AsArray().Count);
    }

    [Fact]
    public async Task Import_OfRunsDeletedThere_KeepsACopyThatWasChangedHere()
    {
        MlflowFile file = File("changed", "c101", "c102");
        await ImportAsync("--sqlite", Database);
        await Here.LogAsync("c101", new RunChanges { Tags = new Dictionary<string, string?> { ["note"] = "ours" } }, default);
        file.Run("UPDATE runs SET lifecycle_stage = 'deleted'");

        Cli runs = await ImportAsync("--sqlite", Database);
        file.Run("UPDATE experiments SET lifecycle_stage = 'deleted' WHERE experiment_id = 1");
        await ImportAsync("--sqlite", Database);

        Assert.Equal((1, 1, 0), Counts(runs));
        Assert.Null((await Here.GetRunAsync("c101", default)).DeletedAt);
        Assert.NotNull((await Here.GetRunAsync("c102", default)).DeletedAt);
    }

    [Fact]
    public async Task Import_WithoutArtifactsOrWithAnotherFolder_FetchesThemOnceTheyCanBeRead()
    {
        File("later", "c201");
        Directory.CreateDirectory(Folder["wrong"]);

        Assert.Equal((1, 0, 0), Counts(await ImportAsync("--sqlite", Database)));
        Assert.Equal((0, 1, 0), Counts(await ImportAsync("--sqlite", Database)));
        Cli wrong = await ImportAsync("--sqlite", Database, "--artifacts", Folder["wrong"]);
        Cli right = await ImportAsync("--sqlite", Database, "--artifacts", Folder["mlruns"]);
        Cli again = await ImportAsync("--sqlite", Database, "--artifacts", Folder["mlruns"]);

        Assert.Equal(((0, 1, 0), (1, 0, 0), (0, 1, 0)), (Counts(wrong), Counts(right), Counts(again)));
        Assert.Single(wrong.Json["notes"]!.AsArray());
        Assert.Equal("model of c201", await TextAsync(Here, "c201", "model/model.txt"));
    }

    [Fact]
    public async Task Import_OfStrangeValues_TellsThemOfTheirRunsAndCopiesTheOthers()
    {
        MlflowFile file = File("strange", "c301", "c302", "c303", "c304");
        file.Run("UPDATE runs SET start_time = 1700000000000000 WHERE run_uuid = 'c301'");
        file.Run("UPDATE runs SET start_time = 'soon' WHERE run_uuid = 'c302'");
        file.Run("INSERT INTO latest_metrics VALUES (NULL, 1, 1, 'c303', 1, 0)");

        Cli run = await ImportAsync("--sqlite", Database);

        Assert.Equal((1, (1, 0, 3)), (run.ExitCode, Counts(run)));
        Assert.Equal(["c301", "c302", "c303"], run.Json["problems"]!.AsArray().Select(p => (string)p!["run"]!).Order());
    }

    [Fact]
    public async Task Import_OfALongHistory_CopiesEachPointOnce()
    {
        MlflowFile file = File("long", "c401");
        file.Run("WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 10001) INSERT INTO metrics SELECT 'loss', i, i, 'c401', i, 0 FROM s");
        file.Run("INSERT INTO latest_metrics VALUES ('loss', 10001, 10001, 'c401', 10001, 0)");

        await ImportAsync("--sqlite", Database);

        Assert.Equal(Enumerable.Range(1, 10_001).Select(i => (long)i), (await Here.MetricHistoryAsync("c401", "loss", default)).Select(p => p.Step));
    }

    [Fact]
    public async Task Import_WithOneBadRun_CopiesTheOthersAndSaysWhich()
    {
        MlflowFile file = File("bad", "ae01", "ae02");
        file.Param("ae01", "a//b", "1");

        Cli run = await ImportAsync("--sqlite", Database, "--artifacts", Folder["mlruns"]);

        Assert.Equal((1, (1, 0, 1)), (run.ExitCode, Counts(run)));
        Assert.Equal(("bad", "ae01"), ((string)run.Json["problems"]![0]!["experiment"]!, (string)run.Json["problems"]![0]!["run"]!));
        Assert.Equal("model of ae02", await TextAsync(Here, "ae02", "model/model.txt"));
    }

    [Fact]
    public async Task Import_NameOfAnother_MakesACopyWithANameOfItsOwn()
    {
        await Here.EnsureExperimentAsync("taken", default);
        File("taken", "af01");

        Cli run = await ImportAsync("--sqlite", Database);
        await ImportAsync("--sqlite", Database);

        Assert.Equal("taken (mlflow)", (string)run.Json["experiments"]![1]!["target"]!);
        Assert.Single(await Here.ListRunsAsync("taken (mlflow)", default).ToListAsync());
        Assert.Null(await Here.Catalog.FindByNameAsync("taken (mlflow 2)", default));
    }

    [SkippableFact]
    public async Task Import_OfPathsThatLeaveTheFolder_ReadsNothingThere()
    {
        Skip.If(OperatingSystem.IsWindows(), "symbolic links need rights");
        MlflowFile file = File("paths", "b001");
        Write("secret/model/model.txt", "secret");
        Directory.CreateSymbolicLink(Folder["mlruns/1/link"], Folder["secret"]);
        file.Run("b002", 1, "mlflow-artifacts:/../secret");
        file.Run("b003", 1, Folder["secret"]);
        file.Run("b004", 1, "./1/link/model");
        file.Run("b005", 1, "s3://bucket/1/b005/artifacts");
        Directory.CreateSymbolicLink(Folder["mlruns/1/b001/artifacts/model/link.txt"], Folder["secret/model/model.txt"]);

        Cli run = await ImportAsync("--sqlite", Database, "--artifacts", Folder["mlruns"]);

        Assert.Equal((0, (5, 0, 0)), (run.ExitCode, Counts(run)));
        Assert.Contains("s3://bucket/1/b005", (string)run.Json["notes"]![0]!, StringComparison.Ordinal);
        Assert.StartsWith("3 runs of 'paths' have no folder", (string)run.Json["notes"]![1]!, StringComparison.Ordinal);
        Assert.Equal(["model/model.txt"], (await Here.ListArtifactsAsync("b001", default)).Select(a => a.Path));
        foreach (string id in new[] { "b002", "b003", "b004" })
            Assert.Empty(await Here.ListArtifactsAsync(id, default));
    }

    [Fact]
    public async Task Import_OfWhatIsNoFileOfMlflow_SaysSo()
    {
        await System.IO.File.WriteAllTextAsync(Folder["notes.txt"], "these are notes, and long enough to be read as a file of pages: " + new string('x', 2_000));

        Assert.Equal("mlflow-file", (string)(await ImportAsync("--sqlite", Folder["notes.txt"])).Json["error"]!["code"]!);
        Assert.Equal("mlflow-file", (string)(await ImportAsync("--sqlite", Folder["none.db"])).Json["error"]!["code"]!);
        Assert.Equal("import-source", (string)(await ImportAsync()).Json["error"]!["code"]!);
    }

    /// <summary>With an experiment 1 and runs in it that have a file each.</summary>
    private MlflowFile File(string experiment, params string[] runs)
    {
        var file = new MlflowFile(Database);
        file.Experiment(1, experiment);
        foreach (string id in runs)
        {
            file.Run(id, 1, $"/elsewhere/mlruns/1/{id}/artifacts");
            Write($"mlruns/1/{id}/artifacts/model/model.txt", "model of " + id);
        }

        return file;
    }

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Folder[path])!);
        System.IO.File.WriteAllText(Folder[path], text);
    }
}
