using System.Text.Json.Nodes;
using MlOps.Contracts;
using MlOps.Server;

namespace MlOps.Cli.Tests;

/// <summary>`predict --dataset` and `batch`: a data set version scored, followed, fetched.</summary>
public sealed class BatchCommandTests : IAsyncLifetime
{
    private const string Pipeline = """
        name: churn
        dataset: telco
        task: binary
        target: churn
        trainer: { use: linear }
        rollout: { strategy: direct }
        """;

    private readonly TempDirectory _folder = new();
    private MlOpsServer? _server;
    private string _data = "";

    public async Task InitializeAsync()
    {
        _server = await MlOpsServer.StartAsync(new ServerOptions { Data = new DataDirectory(_folder["data"]) }, default);
        _data = Samples.Head(Samples.Telco, 500, _folder.FullPath);
        await File.WriteAllTextAsync(_folder["churn.yaml"], Pipeline);
        await GoodAsync("pipeline", "run", _folder["churn.yaml"], "--input", _data);
    }

    public async Task DisposeAsync()
    {
        await _server!.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task PredictDataset_GivesWhatPredictInputGives_AsAFileAndInParts()
    {
        await GoodAsync("predict", "--model", "models:/churn", "--input", _data, "--out", _folder["file.csv"]);

        JsonNode batch = await GoodAsync("predict", "--model", "models:/churn", "--dataset", "telco", "--partition-rows", "200", "--out", _folder["batch.csv"], "--as", "scores");
        string id = (string)batch["id"]!;
        await GoodAsync("batch", "output", id, "--out", _folder["parts/"]);
        JsonNode listed = await GoodAsync("batch", "list", "churn");
        JsonNode shown = await GoodAsync("batch", "show", id);
        Cli forPeople = await Cli.RunAsync("batch", "show", id, "--data", _folder["data"]);
        Cli lineage = await Cli.RunAsync("model", "show", "churn@champion", "--data", _folder["data"]);

        Assert.Equal(("succeeded", 500, 3), ((string)batch["state"]!, (int)batch["rowsDone"]!, (int)batch["parts"]!));
        Assert.Equal("scores@1", (string)batch["output"]!["savedAs"]!);
        Assert.Equal(await File.ReadAllTextAsync(_folder["file.csv"]), await File.ReadAllTextAsync(_folder["batch.csv"]));
        Assert.Equal(["manifest.json", "part-00000.csv", "part-00001.csv", "part-00002.csv"], Directory.GetFiles(_folder["parts"]).Select(f => Path.GetFileName(f)).Order());
        Assert.Equal(id, (string)Assert.Single(listed.AsArray())!["id"]!);
        Assert.Equal("succeeded", (string)shown["state"]!);
        Assert.Contains("3 of 3", forPeople.Output, StringComparison.Ordinal);
        Assert.Contains(id, lineage.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PredictDataset_ThatCannotBe_IsToldWhy()
    {
        string[] model = ["predict", "--model", "churn", "--data", _folder["data"]];

        Cli nothing = await Cli.RunAsync(model);
        Cli both = await Cli.RunAsync([.. model, "--dataset", "telco", "--input", _data]);
        Cli mixed = await Cli.RunAsync([.. model, "--input", _data, "--out", _folder["x.csv"], "--as", "y"]);
        Cli missing = await Cli.RunAsync([.. model, "--dataset", "nope"]);
        Cli column = await Cli.RunAsync([.. model, "--dataset", "telco", "--columns", "some"]);
        Cli detached = await Cli.RunAsync([.. model, "--dataset", "telco", "--detach", "--out", _folder["x.csv"]]);
        Cli unknown = await Cli.RunAsync("batch", "cancel", "nope", "--data", _folder["data"]);

        Assert.All([nothing, both, mixed, missing, column, detached, unknown], run => Assert.Equal(2, run.ExitCode));
        Assert.Contains("--dataset NAME[@VERSION]", nothing.Error, StringComparison.Ordinal);
        Assert.Contains("neither --input", both.Error, StringComparison.Ordinal);
        Assert.Contains("--as goes with --dataset", mixed.Error, StringComparison.Ordinal);
        Assert.Contains("data set 'nope' does not exist", missing.Error, StringComparison.Ordinal);
        Assert.Contains("--columns 'some' is not allowed: keys, all, none", column.Error, StringComparison.Ordinal);
        Assert.Contains("--out needs the end, which --detach does not wait for", detached.Error, StringComparison.Ordinal);
        Assert.Contains("no batch prediction 'nope'", unknown.Error, StringComparison.Ordinal);
    }

    private async Task<JsonNode> GoodAsync(params string[] args)
    {
        Cli run = await Cli.RunAsync([.. args, "--data", _folder["data"], "--json"]);
        Assert.True(run.ExitCode == 0, run.Error + run.Output);
        return run.Json;
    }
}
