using MlOps.Contracts;

namespace MlOps.Cli.Tests;

/// <summary>`validate`: a pipeline file alone, without a server or a data directory.</summary>
public sealed class ValidateCommandTests : IDisposable
{
    private readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Validate_OfAGoodFile_NamesThePipeline()
    {
        Cli validated = await Cli.RunAsync("validate", Samples.TelcoPipeline, "--json");

        Assert.Equal(0, validated.ExitCode);
        Assert.Equal("telco-churn", (string)validated.Json["pipeline"]!);
        Assert.True((bool)validated.Json["valid"]!);
    }

    [Fact]
    public async Task Validate_OfAFileWithMistakes_TellsThemWithLineAndColumn()
    {
        string file = _folder["wrong.pipeline.yaml"];
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(Samples.TelcoPipeline)).Replace("task: binary", "task: bynary") + "\nsurprise: 1\n");

        Cli validated = await Cli.RunAsync("validate", file);

        Assert.Equal(2, validated.ExitCode);
        Assert.Contains("has 2 mistakes", validated.Error);
        Assert.Matches(@"wrong\.pipeline\.yaml:\d+:\d+: task: ", validated.Error);
        Assert.Contains("unknown key 'surprise'", validated.Error);
    }

    [Fact]
    public async Task Validate_OfAnAbsentFile_IsBadInput()
    {
        Cli validated = await Cli.RunAsync("validate", _folder["nowhere.yaml"]);

        Assert.Equal(2, validated.ExitCode);
        Assert.Contains("nowhere.yaml", validated.Error);
    }
}
