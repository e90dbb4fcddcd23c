using MlOps.Contracts;

namespace MlOps.Cli.Tests;

/// <summary>Commands on files of a folder that goes with the test.</summary>
public abstract class FileCommandTest : IDisposable
{
    private protected TempDirectory Folder { get; } = new();

    public void Dispose()
    {
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>A model of trees of the sample data.</summary>
    private protected async Task<string> TrainedAsync()
    {
        string model = Folder["model.mlops"];
        Cli run = await Cli.RunAsync("train", "--input", Samples.Telco, "--target", "churn", "--task", "binary", "--set", "trees=15", "--out", model, "--json");
        Assert.Equal(0, run.ExitCode);
        return model;
    }
}
