using System.Text;
using Microsoft.AspNetCore.Http;
using MlOps.Domain.Experiments;
using MlOps.Domain.Experiments.Models;
using MlOps.Domain.Experiments.Traces;
using MlOps.Domain.Registry;

namespace MlOps.Cli.Tests.Moving;

/// <summary>Registered models, logged models and traces between two servers.</summary>
public sealed class ServerModelMoveTests(TwoServers servers) : MoveTest(servers)
{
    private static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000);

    [Fact]
    public async Task Import_FromAServer_CopiesModelsAndTracesWithTheirFiles()
    {
        string model = await FillAsync(There, RegistryThere, "in models");
        string[] args = ["--tracking-uri", AddressThere, "--experiments", "in models", "--models", "in models"];

        Cli first = await ImportAsync(args);
        Cli second = await ImportAsync(args);

        Assert.True(first.ExitCode == 0, first.Output + first.Error);
        Assert.Equal((1, 1, 1), (Copied(first, "loggedModels"), Copied(first, "traces"), (int)first.Json["models"]![0]!["copied"]!));
        Assert.Equal((0, 0, 0), (Copied(second, "loggedModels"), Copied(second, "traces"), (int)second.Json["models"]![0]!["copied"]!));
        await AssertSameAsync(Here, Registry, model, "in models");
    }

    [Fact]
    public async Task Export_ThenImportOfTheCopies_KnowsItsOwnAndWritesNothing()
    {
        string model = await FillAsync(Here, Registry, "out models");
        string[] args = ["--tracking-uri", AddressThere, "--experiments", "out models", "--models", "out models"];

        Cli first = await Cli.RunAsync(["export", "mlflow", "--server", AddressHere, "--json", .. args]);
        Cli second = await Cli.RunAsync(["export", "mlflow", "--server", AddressHere, "--json", .. args]);
        LoggedModel before = await Here.Models.GetAsync(model, default);
        Cli home = await ImportAsync(args);

        Assert.True(first.ExitCode == 0, first.Output + first.Error);
        Assert.Equal((1, 1, 1), (Copied(first, "loggedModels"), Copied(first, "traces"), (int)first.Json["models"]![0]!["copied"]!));
        foreach (Cli again in new[] { second, home })
            Assert.Equal((0, 0, 0, 0), (again.ExitCode, Copied(again, "loggedModels"), Copied(again, "traces"), (int)again.Json["models"]![0]!["copied"]!));
        await AssertSameAsync(There, RegistryThere, model, "out models");
        Assert.Equal(before.Tags, (await Here.Models.GetAsync(model, default)).Tags);
        Assert.Empty((await Registry.GetModelAsync("out models", default)).Tags);
    }

    [Fact]
    public async Task Import_TraceWhoseSpansCameOneByOne_CopiesThemAsItsFile()
    {
        string id = "tr-" + Guid.NewGuid().ToString("N");
        string experiment = (await There.Catalog.CreateAsync(new ExperimentStart("one by one"), default)).Id;
        Span root = new("aaaaaaaaaaaaaaaa", null, "root", 1_700_000_000_000_000_000, 1_700_000_000_005_000_000), child = root with { Id = "bbbbbbbbbbbbbbbb", ParentId = root.Id, Name = "child" };
        await There.Traces.Spans.StoreAsync(experiment, id, [child], default);
        await There.Traces.Spans.StoreAsync(experiment, id, [root], default);

        Cli run = await ImportFromThereAsync("one by one");

        Assert.True(run.ExitCode == 0, run.Output + run.Error);
        Trace copy = await Here.Traces.GetAsync(id, default);
        Assert.Equal((TraceState.Ok, 5L, false), (copy.State, copy.Milliseconds, copy.Tags.ContainsKey(Trace.SpansTag)));
        Assert.Equal([root.Id, child.Id], await FileAsync(Here, id));
    }

    [Fact]
    public async Task Import_Again_CopiesSpansThatCameSince()
    {
        string id = "tr-" + Guid.NewGuid().ToString("N");
        string experiment = (await There.Catalog.CreateAsync(new ExperimentStart("late spans"), default)).Id;
        Span root = new("aaaaaaaaaaaaaaaa", null, "root", 1_700_000_000_000_000_000, 1_700_000_000_005_000_000), child = root with { Id = "bbbbbbbbbbbbbbbb", ParentId = root.Id };
        await There.Traces.Spans.StoreAsync(experiment, id, [root], default);
        await ImportFromThereAsync("late spans");
        await There.Traces.Spans.StoreAsync(experiment, id, [child], default);

        Cli dry = await ImportAsync("--tracking-uri", AddressThere, "--experiments", "late spans", "--dry-run");
        Cli late = await ImportFromThereAsync("late spans");
        Cli again = await ImportFromThereAsync("late spans");

        Assert.Equal((1, 1, 0), (Copied(dry, "traces"), Copied(late, "traces"), Copied(again, "traces")));
        Assert.Equal([root.Id, child.Id], await FileAsync(Here, id));
    }

    /// <summary>As MLflow's server 3.6 says of each trace that it stores.</summary>
    [Fact]
    public async Task Export_ToAServerThatSaysItHasTheSpans_TellsThatTheyAreAFile()
    {
        string id = "tr-" + Guid.NewGuid().ToString("N");
        string experiment = (await Here.Catalog.CreateAsync(new ExperimentStart("elsewhere spans"), default)).Id;
        Span root = new("aaaaaaaaaaaaaaaa", null, "root", 1_700_000_000_000_000_000, 1_700_000_000_005_000_000);
        await Here.Traces.Spans.StoreAsync(experiment, id, [root], default);
        await ExportAsync("elsewhere spans");
        await There.Traces.SetTagAsync(id, Trace.SpansTag, Trace.SpansHere, default);
        await Here.Traces.SetTagAsync(id, "changed", "yes", default);

        Cli run = await ExportAsync("elsewhere spans");

        Assert.True(run.ExitCode == 0, run.Output + run.Error);
        Trace copy = await There.Traces.GetAsync(id, default);
        Assert.Equal(("yes", Trace.SpansInFile), (copy.Tags["changed"], copy.Tags[Trace.SpansTag]));
        Assert.Null(await There.Traces.Spans.ReadAsync(copy, default));
        Assert.Equal([root.Id], await FileAsync(There, id));
    }

    [Theory]
    [InlineData("it's in")]
    [InlineData("\"it's\" in")]
    public async Task Import_OfAModelWithQuotesInItsName_CopiesItsVersions(string name)
    {
        await FillVersionsAsync(There, RegistryThere, name);
        await using ServerBetween mlflow = await ServerBetween.WithMlflowsQuotesAsync(AddressThere);

        Cli run = await ImportAsync("--tracking-uri", mlflow.Url, "--models", name);

        Assert.True(run.ExitCode == 0, run.Output + run.Error);
        Assert.Equal([1, 2], (await Registry.ListVersionsAsync(name, default)).Select(v => v.Version).Order());
    }

    [Theory]
    [InlineData("it's out")]
    [InlineData("\"it's\" out")]
    public async Task Export_AgainOfAModelWithQuotesInItsName_KnowsItsCopies(string name)
    {
        await FillVersionsAsync(Here, Registry, name);
        await using ServerBetween mlflow = await ServerBetween.WithMlflowsQuotesAsync(AddressThere);
        string[] args = ["export", "mlflow", "--server", AddressHere, "--tracking-uri", mlflow.Url, "--json", "--models", name];

        Cli first = await Cli.RunAsync(args);
        await RegistryThere.Catalog.TagAsync(name, "mlops.source.versions", null, "ann", default);
        Cli second = await Cli.RunAsync(args);

        Assert.Equal((0, 0, 2, 0), (first.ExitCode, second.ExitCode, (int)first.Json["models"]![0]!["copied"]!, (int)second.Json["models"]![0]!["copied"]!));
        Assert.Equal([1, 2], (await RegistryThere.ListVersionsAsync(name, default)).Select(v => v.Version).Order());
    }

    [Fact]
    public async Task Import_OfVersionsThatAreToldAndNotListed_Fails()
    {
        await FillVersionsAsync(There, RegistryThere, "hidden");
        await using ServerBetween hiding = await ServerBetween.StartAsync(
            AddressThere, (request, _) => request.Path.Value!.EndsWith("model-versions/search", StringComparison.Ordinal) ? Results.Json(new object()) : null);

        Cli run = await ImportAsync("--tracking-uri", hiding.Url, "--models", "hidden");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("lists none of them", run.Output + run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_RunOfALoggedModelComesLater_CopiesTheModelsMetricsThen()
    {
        string model = await FillAsync(There, RegistryThere, "late runs");
        bool isHidden = true;
        await using ServerBetween hiding = await ServerBetween.StartAsync(
            AddressThere, (request, _) => isHidden && request.Path.Value!.EndsWith("runs/search", StringComparison.Ordinal) ? Results.Json(new object()) : null);
        string[] args = ["--tracking-uri", hiding.Url, "--experiments", "late runs"];

        Cli without = await ImportAsync(args);
        Cli still = await ImportAsync(args);
        int before = (await Here.Models.GetAsync(model, default)).Metrics.Count;
        isHidden = false;
        Cli late = await ImportAsync(args);
        Cli again = await ImportAsync(args);

        Assert.Equal((1, 0, 0), (Copied(without, "loggedModels"), Copied(still, "loggedModels"), before));
        Assert.Equal((1, 0), (Copied(late, "loggedModels"), Copied(again, "loggedModels")));
        Assert.Equal("auc", Assert.Single((await Here.Models.GetAsync(model, default)).Metrics).Name);
    }

    [Fact]
    public async Task Import_LoggedModelDeletedHere_StaysDeleted()
    {
        string model = await FillAsync(There, RegistryThere, "gone models");
        string[] args = ["--tracking-uri", AddressThere, "--experiments", "gone models"];
        await ImportAsync(args);
        await Here.Models.DeleteAsync(model, default);

        Cli run = await ImportAsync(args);

        Assert.Equal((0, 1), (run.ExitCode, (int)run.Json["experiments"]![0]!["loggedModels"]!["left"]!));
        Assert.Null(await Here.Models.FindAsync(model, default));
    }

    /// <summary>A registered model with two versions of a run's files.</summary>
    private static async Task FillVersionsAsync(ExperimentTracker tracker, ModelRegistry registry, string name)
    {
        string run = "r" + Guid.NewGuid().ToString("N");
        await tracker.StartRunAsync(new RunStart(run, "versions of " + run, "a run", RunLineage.None, RunChanges.NoTexts), default);
        await registry.Catalog.CreateAsync(name, null, new Dictionary<string, string>(), "ann", default);
        foreach (string path in new[] { "a", "b" })
            await registry.RegisterAsync(name, new SourceRegistration($"runs:/{run}/{path}", $"runs:/{run}/{path}") { RunId = run }, "ann", default);
    }

    /// <summary>The ids of the spans in the file that clients read.</summary>
    private static async Task<string[]> FileAsync(ExperimentTracker tracker, string id)
    {
        var file = new MemoryStream();
        await using Stream spans = (await tracker.Traces.DownloadSpansAsync(id, default)).Content!;
        await spans.CopyToAsync(file);
        return [.. SpanFile.Read(file.ToArray(), id).Select(s => s.Id)];
    }

    /// <summary>An experiment with a run, a logged model of it and a trace, and a registered model of the logged one, all of that name.</summary>
    private static async Task<string> FillAsync(ExperimentTracker tracker, ModelRegistry registry, string name)
    {
        string run = $"{name.Replace(' ', '-')}-run", model = "m-" + Guid.NewGuid().ToString("N");
        await tracker.StartRunAsync(new RunStart(run, name, "a run", RunLineage.None, RunChanges.NoTexts), default);
        Experiment experiment = (await tracker.Catalog.FindByNameAsync(name, default))!;
        var start = new LoggedModelStart(model, experiment.Id, "clf") { SourceRunId = run, CreatedAt = At, Params = new Dictionary<string, string> { ["p"] = "1" }, Tags = new Dictionary<string, string> { ["t"] = "ü" } };
        await tracker.Models.CreateAsync(start, default);
        await tracker.Models.FinalizeAsync(model, LoggedModelStatus.Ready, default);
        await tracker.LogAsync(run, new RunChanges { Metrics = [new MetricPoint("auc", double.NaN, 1, At)], ModelInputs = [new ModelLink(model)], ModelOutputs = [new ModelLink(model, 2)] }, default);
        await tracker.Models.LogMetricsAsync(model, [new ModelMetric(run, "auc", double.NaN, 1, At, "toy", "d1")], default);
        await tracker.Artifacts.WriteAsync($"{experiment.Id}/models/{model}/artifacts/ü/MLmodel", new MemoryStream(Encoding.UTF8.GetBytes("flavors")), default);
        var trace = new Trace($"tr-{name.Replace(' ', '-')}", experiment.Id, At) { State = TraceState.Ok, Milliseconds = 5, Metadata = new Dictionary<string, string> { [Trace.RunKey] = run, ["mlflow.modelId"] = model } };
        await tracker.Traces.StoreAsync(trace, default);
        await tracker.Artifacts.WriteAsync($"{experiment.Id}/traces/{trace.Id}/artifacts/traces.json", new MemoryStream(Encoding.UTF8.GetBytes("""{"spans":[]}""")), default);
        await registry.Catalog.CreateAsync(name, "described", new Dictionary<string, string>(), "ann", default);
        await registry.RegisterAsync(name, new SourceRegistration($"models:/{model}", $"mlflow-artifacts:/{experiment.Id}/models/{model}/artifacts") { RunId = run, ModelId = model, Number = 4 }, "ann", default);
        await registry.SetAliasAsync(name, "champion", 4, null, "ann", default);
        return model;
    }

    private static async Task AssertSameAsync(ExperimentTracker tracker, ModelRegistry registry, string model, string name)
    {
        Run run = await tracker.ListRunsAsync(name, default).SingleAsync();
        LoggedModel copy = await tracker.Models.GetAsync(model, default);
        Assert.Equal(("clf", LoggedModelStatus.Ready, run.Id, At, "1", "ü"), (copy.Name, copy.Status, copy.SourceRunId, copy.CreatedAt, copy.Params["p"], copy.Tags["t"]));
        Assert.Equal(new ModelMetric(run.Id, "auc", double.NaN, 1, At, "toy", "d1"), Assert.Single(copy.Metrics));
        Assert.Equal((model, new ModelLink(model, 2)), (run.ModelInputs.Single().ModelId, run.ModelOutputs.Single()));
        using var file = new StreamReader((await tracker.Artifacts.DownloadAsync($"{copy.ExperimentId}/models/{model}/artifacts/ü/MLmodel", default)).Content!);
        Assert.Equal("flavors", await file.ReadToEndAsync());
        Trace trace = await tracker.Traces.GetAsync($"tr-{name.Replace(' ', '-')}", default);
        Assert.Equal((TraceState.Ok, 5L, At, run.Id, model), (trace.State, trace.Milliseconds, trace.StartedAt, trace.Metadata[Trace.RunKey], trace.Metadata["mlflow.modelId"]));
        using var spans = new StreamReader((await tracker.Traces.DownloadSpansAsync(trace.Id, default)).Content!);
        Assert.Equal("""{"spans":[]}""", await spans.ReadToEndAsync());
        RegisteredModel registered = await registry.GetModelAsync(name, default);
        ModelVersion version = Assert.Single(await registry.ListVersionsAsync(name, default));
        Assert.Equal(("described", 4, 4), (registered.Description, registered.Aliases["champion"], version.Version));
        Assert.Equal(($"models:/{model}", model, run.Id), (version.SourceUri, version.Source!.ModelId, version.RunId));
    }

    private static int Copied(Cli run, string what) => run.Json["experiments"]!.AsArray().Sum(e => (int)e![what]!["copied"]!);
}
