using MlOps.Contracts;

namespace MlOps.Cli.Tests;

/// <summary>What a command line that does not fit is told: the option or argument, the value, what is allowed.</summary>
public sealed class UsageTests : IDisposable
{
    private readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("VERSION is missing", "rollout", "start", "nope")]
    [InlineData("VERSION 'x' is not allowed: a version from 1", "rollout", "start", "m", "x")]
    [InlineData("--strategy 'foo' is not allowed: direct, canary", "rollout", "start", "m", "1", "--strategy", "foo")]
    [InlineData("--others '5,x' is not allowed: versions such as 5,6", "rollout", "start", "m", "1", "--strategy", "bandit", "--others", "5,x")]
    [InlineData("--others '--data' is not allowed: versions such as 5,6", "rollout", "start", "m", "1", "--strategy", "bandit", "--others")]
    [InlineData("--others '' is not allowed: versions such as 5,6", "rollout", "plan", "m", "--strategy", "bandit", "--others", "")]
    [InlineData("--share", "rollout", "plan", "m", "--share")]
    [InlineData("--deadline-days", "rollout", "start", "m", "1", "--deadline-days")]
    [InlineData("VERSION '0' is not allowed: a version from 1", "rollout", "plan", "m", "0")]
    [InlineData("--reward 'luck' is not allowed: truth, given", "rollout", "start", "m", "1", "--strategy", "bandit", "--reward", "luck")]
    [InlineData("--role 'king' is not allowed: viewer, contributor, admin", "token", "create", "me", "--role", "king")]
    [InlineData("VERSION 'x' is not allowed", "model", "alias", "m", "champion", "x")]
    [InlineData("--expected '-1' is not allowed", "model", "alias", "m", "champion", "1", "--expected", "-1")]
    [InlineData("--task 'foo' is not allowed: binary, multiclass, regression", "train", "--input", "a", "--target", "b", "--out", "c", "--task", "foo")]
    [InlineData("--threads '-1' is not allowed: a whole number from 0", "train", "--input", "a", "--target", "b", "--out", "c", "--task", "binary", "--threads", "-1")]
    [InlineData("--seed '1.5' is not allowed", "train", "--input", "a", "--target", "b", "--out", "c", "--task", "binary", "--seed", "1.5")]
    [InlineData("--hold-out '1' is not allowed: a share from 0 to below 1", "train", "--input", "a", "--target", "b", "--out", "c", "--task", "binary", "--hold-out", "1")]
    [InlineData("--delimiter ';;' is not allowed: one character, or tab", "predict", "--model", "a", "--input", "b", "--out", "c", "--delimiter", ";;")]
    [InlineData("--out needs the end, which --detach does not wait for", "predict", "--model", "a", "--dataset", "b", "--out", "c", "--detach")]
    public async Task AValue_ThatIsNotAllowed_IsAnsweredWithWhatIs(string said, params string[] args)
    {
        Cli run = await Cli.RunAsync([.. args, "--data", _folder["data"]]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(said, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("MlOps.", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(";", ";")]
    [InlineData("|", "|")]
    [InlineData("\t", "tab")]
    [InlineData("\t", "\\t")]
    public async Task Delimiter_IsTakenByEveryCommandThatReadsRows(string separator, string option)
    {
        string file = _folder["rows.csv"];
        await File.WriteAllLinesAsync(file, (await File.ReadAllLinesAsync(Samples.Head(Samples.Telco, 300, _folder.FullPath))).Select(line => line.Replace(",", separator, StringComparison.Ordinal)));
        string[] reading = ["--input", file, "--delimiter", option, "--json"];
        string model = _folder["model"];

        Cli trained = await Cli.RunAsync(["train", "--target", "churn", "--task", "binary", "--trainer", "linear", "--out", model, .. reading]);
        Cli evaluated = await Cli.RunAsync(["evaluate", "--model", model, .. reading]);
        Cli predicted = await Cli.RunAsync(["predict", "--model", model, "--out", _folder["p.csv"], .. reading]);
        Cli compared = await Cli.RunAsync("drift", "--reference", file, "--current", file, "--delimiter", option, "--json");
        Cli added = await Cli.RunAsync("dataset", "add", "telco", file, "--delimiter", option, "--data", _folder["data"], "--json");

        Assert.Equal(300, (int)trained.Json["rows"]!);
        Assert.Equal(300, (int)evaluated.Json["rows"]!);
        Assert.Equal(300, (int)predicted.Json["rows"]!);
        Assert.Equal(20, compared.Json["columns"]!.AsArray().Count);
        Assert.Equal(20, added.Json["version"]!["schema"]!["columns"]!.AsArray().Count);
    }

    [Theory]
    [InlineData("train", "--target", "churn", "--task", "binary")]
    [InlineData("predict", "--model", "absent.mlops")]
    public async Task AnOutputFolder_ThatDoesNotExist_IsToldBeforeAnythingIsRead(params string[] args)
    {
        Cli run = await Cli.RunAsync([.. args, "--input", _folder["absent.csv"], "--out", _folder["nowhere/out"], "--json"]);

        Assert.Equal(2, run.ExitCode);
        Assert.Equal("output-folder", (string)run.Json["error"]!["code"]!);
    }

    [Fact]
    public async Task AnExceptionThatNobodyExpected_IsAnErrorOfTheCommandNotOfTheProcess()
    {
        Cli run = await Cli.RunAsync("train", "--input", Samples.Telco, "--target", "churn", "--task", "binary", "--out", "a\0b", "--json");

        Assert.Equal(1, run.ExitCode);
        Assert.Equal("unexpected", (string)run.Json["error"]!["code"]!);
    }

    [SkippableFact]
    public async Task APipe_AsInput_IsRefusedInsteadOfWaitedFor()
    {
        Skip.If(OperatingSystem.IsWindows(), "no named pipes in the file system");
        using (var made = System.Diagnostics.Process.Start("mkfifo", [_folder["pipe"]]))
            await made.WaitForExitAsync();

        Cli run = await Cli.RunAsync("train", "--input", _folder["pipe"], "--target", "churn", "--task", "binary", "--out", _folder["m"]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("a pipe or a device", run.Error, StringComparison.Ordinal);
    }
}
