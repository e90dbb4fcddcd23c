using System.Text.Json.Nodes;
using MlOps.Contracts;

namespace MlOps.Cli.Tests;

/// <summary>Runs one command line in this process, as Program does.</summary>
internal sealed record Cli(int ExitCode, string Output, string Error)
{
    public JsonNode Json => JsonNode.Parse(Output)!;

    public static async Task<Cli> RunAsync(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        using var patience = new CancellationTokenSource(Eventually.Patience);
        int exitCode = await MlOpsCommand.RunAsync(args, output, error, patience.Token);
        return new Cli(exitCode, output.ToString(), error.ToString());
    }
}
