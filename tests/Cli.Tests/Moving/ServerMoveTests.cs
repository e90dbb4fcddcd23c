using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using MlOps.Domain.Experiments;

namespace MlOps.Cli.Tests.Moving;

/// <summary>`mlops import mlflow --tracking-uri` and `mlops export mlflow`, between two servers.</summary>
public sealed class ServerMoveTests(TwoServers servers) : MoveTest(servers)
{
    [Fact]
    public async Task Import_FromAServer_CopiesHistoriesAndFilesUnderTheirIds()
    {
        await FillAsync(There, "in-1", "in");

        Cli first = await ImportFromThereAsync("in");
        Cli second = await ImportFromThereAsync("in");

        Assert.Equal(((1, 0, 0), (0, 1, 0)), (Counts(first), Counts(second)));
        await AssertSameAsync(There, "in-1", Here, "in-1");
    }

    [Fact]
    public async Task Export_ThenImportOfTheCopy_KnowsItsOwn()
    {
        await FillAsync(Here, "out-parent", "out");
        await FillAsync(Here, "out-child", "out", ("mlflow.parentRunId", "out-parent"));
        await Here.DeleteRunAsync("out-child", default);

        Cli first = await ExportAsync("out");
        Cli second = await ExportAsync("out");
        Cli home = await ImportFromThereAsync("out");

        Assert.Equal(((2, 0, 0), (0, 2, 0), (0, 2, 0)), (Counts(first), Counts(second), Counts(home)));
        Dictionary<string, Run> copies = await There.ListRunsAsync("out", default).ToDictionaryAsync(r => r.Tags["mlops.source.run"]);
        Assert.Equal(copies["out-parent"].Id, copies["out-child"].Tags["mlflow.parentRunId"]);
        Assert.NotNull(copies["out-child"].DeletedAt);
        await AssertSameAsync(Here, "out-parent", There, copies["out-parent"].Id);
        Assert.Equal(2, await Here.ListRunsAsync("out", default).CountAsync());
    }

    [Fact]
    public async Task Export_OfWhatWasImportedFromThere_LeavesTheOriginalsAsTheyAre()
    {
        await FillAsync(There, "back-1", "back");
        await FillAsync(There, "back-2", "back");
        await ImportFromThereAsync("back");
        await Here.DeleteRunAsync("back-2", default);
        Experiment copy = (await Here.Catalog.FindByNameAsync("back", default))!;

        Cli runs = await ExportAsync("back");
        await Here.Catalog.DeleteAsync(copy.Id, default);
        Cli deleted = await ExportAsync("back");

        Assert.Equal(((0, 2, 0), (0, 2, 0)), (Counts(runs), Counts(deleted)));
        Assert.Equal(["back-1", "back-2"], (await There.ListRunsAsync("back", default).Where(r => r.DeletedAt is null).ToListAsync()).Select(r => r.Id).Order());
        Assert.Null((await There.Catalog.FindByNameAsync("back", default))!.DeletedAt);
    }

    [Fact]
    public async Task Import_OfCopiesDeletedThere_LeavesTheOriginalsHere()
    {
        await FillAsync(Here, "orig-1", "orig");
        await ExportAsync("orig");
        Run copy = await There.ListRunsAsync("orig", default).SingleAsync();
        await There.DeleteRunAsync(copy.Id, default);

        Cli run = await ImportFromThereAsync("orig");
        await There.Catalog.DeleteAsync((await There.Catalog.FindByNameAsync("orig", default))!.Id, default);
        Cli experiment = await ImportFromThereAsync("orig");

        Assert.Equal(((0, 1, 0), (0, 1, 0)), (Counts(run), Counts(experiment)));
        Assert.Null((await Here.GetRunAsync("orig-1", default)).DeletedAt);
        Assert.Null((await Here.Catalog.FindByNameAsync("orig", default))!.DeletedAt);
    }

    [Fact]
    public async Task Export_OfAParentWithManyChildren_MakesItOnce_AndNeverInAnotherExperiment()
    {
        await StartAsync("tree-parent", "tree");
        await StartAsync("tree-other", "tree-elsewhere");
        for (int i = 0; i < 12; i++)
            await StartAsync($"tree-{i}", "tree", ("mlflow.parentRunId", "tree-parent"));
        await StartAsync("tree-guest", "tree", ("mlflow.parentRunId", "tree-other"));

        Assert.Equal((14, 0, 0), Counts(await ExportAsync("tree")));

        List<Run> copies = await There.ListRunsAsync("tree", default).ToListAsync();
        Assert.Equal(14, copies.Count);
        string parent = Assert.Single(copies, r => r.Tags["mlops.source.run"] == "tree-parent").Id;
        Assert.Equal(12, copies.Count(r => r.Tags.GetValueOrDefault("mlflow.parentRunId") == parent));

        Task StartAsync(string id, string experiment, params (string Key, string Value)[] tags) =>
            Here.StartRunAsync(new RunStart(id, experiment, id, RunLineage.None, tags.ToDictionary(t => t.Key, t => t.Value)), default);
    }

    [Fact]
    public async Task Import_ThatWasBrokenOff_IsCompletedByTheNext()
    {
        await FillAsync(There, "half-1", "half");
        await ImportFromThereAsync("half");
        // As it is left before the last mark is set.
        await Here.LogAsync("half-1", new RunChanges { Tags = new Dictionary<string, string?> { ["mlops.source.copied"] = null } }, default);
        await Here.DeleteArtifactAsync("half-1", "model/ü b.bin", default);

        Assert.Equal((1, 0, 0), Counts(await ImportFromThereAsync("half")));
        await AssertSameAsync(There, "half-1", Here, "half-1");
    }

    [Fact]
    public async Task Import_RunDeletedHere_StaysDeleted()
    {
        await FillAsync(There, "mine-1", "mine");
        await ImportFromThereAsync("mine");
        await Here.DeleteRunAsync("mine-1", default);
        await There.LogParamsAsync("mine-1", new Dictionary<string, string> { ["new"] = "1" }, default);

        Cli again = await ImportFromThereAsync("mine");

        Assert.Equal(1, (int)again.Json["experiments"]![0]!["left"]!);
        Assert.NotNull((await Here.GetRunAsync("mine-1", default)).DeletedAt);
    }

    [Fact]
    public async Task Import_IdOfAnotherRun_IsNotWrittenTo()
    {
        await FillAsync(There, "same-1", "same");
        await FillAsync(Here, "same-1", "another");

        Cli run = await ImportFromThereAsync("same");

        Assert.Equal((1, (0, 0, 1)), (run.ExitCode, Counts(run)));
        Assert.Equal("another", (await Here.GetRunAsync("same-1", default)).Experiment);
    }

    /// <summary>As MLflow answers the later of two runs that log a data set which it does not have yet.</summary>
    [Fact]
    public async Task Export_DatasetThatAnotherRunLogsAtTheSameTime_IsLoggedAgain()
    {
        await FillAsync(Here, "toy-1", "toys");
        int calls = 0;
        await using ServerBetween mlflow = await ServerBetween.StartAsync(AddressThere, (request, body) =>
            request.Path.Value!.EndsWith("runs/log-inputs", StringComparison.Ordinal) && calls++ == 0
                ? Results.Json(new { error_code = "BAD_REQUEST", message = "(sqlite3.IntegrityError) UNIQUE constraint failed" }, statusCode: 400) : null);

        Cli run = await Cli.RunAsync("export", "mlflow", "--server", AddressHere, "--tracking-uri", mlflow.Url, "--json", "--experiments", "toys");

        Assert.True(run.ExitCode == 0, run.Output + run.Error);
        Run copy = await There.ListRunsAsync("toys", default).SingleAsync();
        Assert.Equal((2, "tab"), (calls, (await There.GetRunAsync(copy.Id, default)).Inputs.Single().Name));
    }

    [Fact]
    public async Task Import_WhileAnotherGoesOn_IsRefusedUntilThatIsOver()
    {
        await FillAsync(There, "lease-1", "leased");
        await LeaseAsync(DateTimeOffset.UtcNow.AddHours(1));

        Cli meanwhile = await ImportFromThereAsync("leased");
        Cli dry = await ImportAsync("--tracking-uri", AddressThere, "--experiments", "leased", "--dry-run");
        await LeaseAsync(DateTimeOffset.UtcNow.AddHours(-1));
        Cli after = await ImportFromThereAsync("leased");

        Assert.Equal((1, "move-running"), (meanwhile.ExitCode, (string?)meanwhile.Json["error"]!["code"]));
        Assert.Contains("somebody, process 7", (string)meanwhile.Json["error"]!["message"]!, StringComparison.Ordinal);
        Assert.Equal((0, (1, 0, 0)), (dry.ExitCode, Counts(after)));
        Assert.DoesNotContain("mlops.source.lease", (await Here.Catalog.GetAsync("0", default)).Tags.Keys);

        Task LeaseAsync(DateTimeOffset until) => Here.Catalog.SetTagAsync("0", "mlops.source.lease", $"somebody, process 7|2026-01-01T00:00:00Z|{until:O}", default);
    }

    /// <summary>Whose clock goes wrong takes no lease that is held, and waits for none that has run out: the target's clock counts.</summary>
    [Theory]
    [InlineData(-3, "move-running")]
    [InlineData(3, null)]
    public async Task Import_LeaseOfAnotherClock_CountsByThatOfTheTarget(int hours, string? refused)
    {
        await FillAsync(There, $"clock{hours}", $"clock {hours}");
        string? set = null;
        await using ServerBetween here = await ServerBetween.StartAsync(AddressHere, (request, body) =>
        {
            request.HttpContext.Response.Headers.Date = (DateTimeOffset.UtcNow + TimeSpan.FromHours(hours)).ToString("R");
            if (body.Contains("mlops.source.lease", StringComparison.Ordinal) && request.Path.Value!.EndsWith("set-experiment-tag", StringComparison.Ordinal))
                set ??= JsonNode.Parse(body)!["value"]!.GetValue<string>();
            return null;
        });
        // Run out by one's own clock in the first case, held in the second.
        await Here.Catalog.SetTagAsync("0", "mlops.source.lease", $"somebody|2026-01-01T00:00:00Z|{DateTimeOffset.UtcNow.AddHours(-Math.Sign(-hours)):O}", default);

        Cli run = await Cli.RunAsync("import", "mlflow", "--server", here.Url, "--tracking-uri", AddressThere, "--json", "--experiments", $"clock {hours}");

        Assert.Equal((refused is null ? 0 : 1, refused), (run.ExitCode, (string?)run.Json["error"]?["code"]));
        if (refused is not null)
            await Here.Catalog.SetTagAsync("0", "mlops.source.lease", null, default);
        else
            Assert.InRange(DateTimeOffset.Parse(set!.Split('|')[2], CultureInfo.InvariantCulture), DateTimeOffset.UtcNow.AddHours(2.9), DateTimeOffset.UtcNow.AddHours(3.1));
    }

    /// <summary>Both find no lease, and both set theirs: the first to do so must see the other's before it writes.</summary>
    [Fact]
    public async Task Import_LeaseTakenByAnotherMeanwhile_WritesNothing()
    {
        await FillAsync(There, "twice-1", "twice");
        await using ServerBetween there = await ServerBetween.StartAsync(AddressThere, (request, body) =>
        {
            if (request.Path.Value!.EndsWith("experiments/search", StringComparison.Ordinal))
                Here.Catalog.SetTagAsync("0", "mlops.source.lease", $"the other|2026-01-01T00:00:00Z|{DateTimeOffset.UtcNow.AddHours(1):O}", default).GetAwaiter().GetResult();
            return null;
        });

        Cli run = await Cli.RunAsync("import", "mlflow", "--server", AddressHere, "--tracking-uri", there.Url, "--json", "--experiments", "twice");
        string? lease = (await Here.Catalog.GetAsync("0", default)).Tags.GetValueOrDefault("mlops.source.lease");
        await Here.Catalog.SetTagAsync("0", "mlops.source.lease", null, default);

        Assert.Equal((1, "move-running"), (run.ExitCode, (string?)run.Json["error"]!["code"]));
        Assert.StartsWith("the other|", lease, StringComparison.Ordinal);
        Assert.Null(await Here.Catalog.FindByNameAsync("twice", default));
    }

    [Fact]
    public async Task Import_ExperimentMadeByAnotherMoveMeanwhile_IsTaken()
    {
        await FillAsync(There, "raced-1", "raced");
        await ImportFromThereAsync("raced");
        int searches = 0;
        await using ServerBetween here = await ServerBetween.StartAsync(AddressHere, (request, body) =>
            body.Contains("mlops.source.experiment", StringComparison.Ordinal) && searches++ == 0 ? Results.Json(new object()) : null);

        Cli run = await Cli.RunAsync("import", "mlflow", "--server", here.Url, "--tracking-uri", AddressThere, "--json", "--experiments", "raced");

        Assert.Equal("raced", (string?)run.Json["experiments"]![0]!["target"]);
        Assert.Null(await Here.Catalog.FindByNameAsync("raced (mlflow)", default));
    }

    [Fact]
    public async Task Import_FromAnAddressWithoutServerOrExperiment_SaysWhich()
    {
        Cli away = await ImportAsync("--tracking-uri", "http://127.0.0.1:9");
        Cli unknown = await ImportFromThereAsync("nosuch");
        Cli file = await ImportAsync("--tracking-uri", "sqlite:///mlflow.db");

        Assert.Equal((1, "mlflow-away"), (away.ExitCode, (string)away.Json["error"]!["code"]!));
        Assert.Equal((2, "experiment-missing"), (unknown.ExitCode, (string)unknown.Json["error"]!["code"]!));
        Assert.Equal((2, "tracking-uri"), (file.ExitCode, (string)file.Json["error"]!["code"]!));
    }

    private static async Task FillAsync(ExperimentTracker tracker, string id, string experiment, params (string Key, string Value)[] tags)
    {
        await tracker.StartRunAsync(new RunStart(id, experiment, "a run", RunLineage.None, tags.ToDictionary(t => t.Key, t => t.Value)), default);
        DateTimeOffset at = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000);
        MetricPoint[] points = [.. Enumerable.Range(0, 6_000).Select(step => new MetricPoint("loss", 1.0 / (step + 1), step, at.AddMilliseconds(step)))];
        await tracker.LogAsync(id, new RunChanges
        {
            Metrics = [.. points, new MetricPoint("odd name/x", double.NaN, 0, at), new MetricPoint("inf", double.NegativeInfinity, -3, at)],
            Params = Enumerable.Range(0, 150).ToDictionary(i => $"p{i}", i => new string('v', i)),
            Inputs = [new DatasetInput("tab", "d1", "http", "{}", "{\"a\":1}") { Tags = new Dictionary<string, string> { ["mlflow.data.context"] = "training" } }],
        }, default);
        await tracker.LogArtifactAsync(id, "model/ü b.bin", new MemoryStream(Encoding.UTF8.GetBytes("12345")), default);
        await tracker.LogArtifactAsync(id, "empty", new MemoryStream(), default);
        await tracker.EndRunAsync(id, RunStatus.Failed, null, default);
    }

    private static async Task AssertSameAsync(ExperimentTracker from, string id, ExperimentTracker to, string copyId)
    {
        Run run = await from.GetRunAsync(id, default), copy = await to.GetRunAsync(copyId, default);
        Assert.Equal((run.Name, run.Status, Milliseconds(run.StartedAt), Milliseconds(run.EndedAt!.Value)), (copy.Name, copy.Status, Milliseconds(copy.StartedAt), Milliseconds(copy.EndedAt!.Value)));
        Assert.Equal(run.Params, copy.Params);
        Assert.Equal(run.LatestMetrics, copy.LatestMetrics);
        Assert.Equal(await from.MetricHistoryAsync(id, "loss", default), await to.MetricHistoryAsync(copyId, "loss", default));
        Assert.Equal(run.Inputs.Select(i => (i.Name, i.Digest, i.Schema, i.Tags.Single())), copy.Inputs.Select(i => (i.Name, i.Digest, i.Schema, i.Tags.Single())));
        Assert.Equal(["empty", "model/ü b.bin"], (await to.ListArtifactsAsync(copyId, default)).Select(a => a.Path));
        Assert.Equal("12345", await TextAsync(to, copyId, "model/ü b.bin"));
    }

    private static long Milliseconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds();
}
