using System.Globalization;
using MlOps.Learning;

namespace MlOps.Cli.Tests;

/// <summary>
/// A processor without AVX2 and fused multiply-add, or without any vector instructions, as the runtime can pretend: other kernels run, and
/// must give the same model. Where an exponential decides a leaf its last bit may differ, as docs/training.md says, so scores are compared.
/// </summary>
public sealed class FallbackKernelTests : FileCommandTest
{
    private const int Rows = 3_000;

    public static TheoryData<string, string, string> Fits => new()
    {
        { "DOTNET_EnableAVX2", "gbdt", "trees=15" },
        { "DOTNET_EnableHWIntrinsic", "gbdt", "trees=15" },
        { "DOTNET_EnableAVX2", "forest", "trees=5" },
        { "DOTNET_EnableHWIntrinsic", "forest", "trees=5" },
    };

    [Theory]
    [MemberData(nameof(Fits))]
    public async Task Train_Regression_SameBytes(string switchedOff, string trainer, string set)
    {
        string[] train = ["train", "--input", await WriteAsync(), "--target", "y", "--task", "regression", "--trainer", trainer, "--set", set, "--json", "--out"];

        Cli here = await Cli.RunAsync([.. train, Folder["here"]]);
        Cli there = await WithoutAsync(switchedOff, [.. train, Folder["there"]]);

        Assert.Equal((string)here.Json["modelHash"]!, (string)there.Json["modelHash"]!);
    }

    [Theory]
    [InlineData("DOTNET_EnableAVX2")]
    [InlineData("DOTNET_EnableHWIntrinsic")]
    public async Task TrainAndPredict_Binary_SameScores(string switchedOff)
    {
        string rows = await WriteAsync();
        string[] train = ["train", "--input", rows, "--target", "high", "--task", "binary", "--set", "trees=15", "--json", "--out"];
        string[] predict = ["predict", "--input", rows, "--json", "--model"];

        Assert.Equal(0, (await Cli.RunAsync([.. train, Folder["here"]])).ExitCode);
        await WithoutAsync(switchedOff, [.. train, Folder["there"]]);
        Assert.Equal(0, (await Cli.RunAsync([.. predict, Folder["here"], "--out", Folder["here.csv"]])).ExitCode);
        await WithoutAsync(switchedOff, [.. predict, Folder["there"], "--out", Folder["there.csv"]]);

        double[] expected = await ScoresAsync(Folder["here.csv"]), scores = await ScoresAsync(Folder["there.csv"]);
        Assert.Equal(Rows, scores.Length);
        Assert.All(expected.Zip(scores), pair => Assert.Equal(pair.First, pair.Second, 1e-9));
    }

    /// <summary>With the proof that the process could not use them: what it told of itself at its start.</summary>
    private async Task<Cli> WithoutAsync(string instructions, string[] args)
    {
        using CliProcess process = CliProcess.Start(
            args, settings: [(instructions, "0"), ("DOTNET_STARTUP_HOOKS", typeof(StartupHook).Assembly.Location), (StartupHook.Report, Folder["instructions"])]);
        Cli ended = await process.EndAsync();
        Assert.True(ended.ExitCode == 0, ended.Error);
        string[] used = await File.ReadAllLinesAsync(Folder["instructions"]);
        Assert.Equal("mlops", used[0]);
        Assert.DoesNotContain("avx2", used);
        Assert.Equal(instructions == "DOTNET_EnableHWIntrinsic", !used.Contains("vectors of 16 bytes"));
        File.Delete(Folder["instructions"]);
        return ended;
    }

    private static async Task<double[]> ScoresAsync(string csv) =>
        [.. (await File.ReadAllLinesAsync(csv)).Skip(1).Select(line => double.Parse(line.Split(',')[^1], CultureInfo.InvariantCulture))];

    private async Task<string> WriteAsync()
    {
        var random = new SeededRandom(3);
        var lines = new List<string> { "a,b,c,y,high" };
        for (int row = 0; row < Rows; row++)
        {
            (double a, double b, int level) = (random.NextGaussian(), random.NextGaussian(), random.Next(5));
            double y = (2 * a) + (b * b) + level + random.NextGaussian();
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"{a:G5},{(random.Next(10) == 0 ? "" : b.ToString("G5", CultureInfo.InvariantCulture))},level {level},{y:G5},{(y > 3 ? "yes" : "no")}"));
        }

        string file = Folder["rows.csv"];
        await File.WriteAllLinesAsync(file, lines);
        return file;
    }
}
