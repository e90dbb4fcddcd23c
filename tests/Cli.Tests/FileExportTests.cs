namespace MlOps.Cli.Tests;

/// <summary>`model export` of a file.</summary>
public sealed class FileExportTests : FileCommandTest
{
    [Fact]
    public async Task ModelExport_FileOfOurs_IsReadBackWithTheSameScores()
    {
        string rows = Samples.Head(Samples.Telco, 200, Folder.FullPath), model = Folder["own.mlmodel"];
        await Cli.RunAsync("train", "--input", rows, "--target", "churn", "--task", "binary", "--set", "trees=3", "--out", model);

        Cli exported = await Cli.RunAsync("model", "export", model, "--format", "onnx", "--out", Folder["own.onnx"], "--json");
        Cli own = await Cli.RunAsync("evaluate", "--model", model, "--input", rows, "--json"), other = await Cli.RunAsync("evaluate", "--model", Folder["own.onnx"], "--input", rows, "--target", "churn", "--json");

        Assert.Equal((0, 0), (exported.ExitCode, other.ExitCode));
        Assert.Equal((double)own.Json["metrics"]!["auc"]!, (double)other.Json["metrics"]!["auc"]!, 1e-6);
    }
}
