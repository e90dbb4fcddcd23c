using System.CommandLine;
using MlOps.Api.Pipelines;
using MlOps.Cli.Api;
using MlOps.Cli.Files;
using MlOps.Cli.Output;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary>
/// `mlops validate FILE`: what is wrong with a pipeline file, told without a data directory; by a server only when one is named.
/// </summary>
internal static class ValidateCommand
{
    private static readonly Argument<string> File = new("file") { Description = "The pipeline file." };

    public static Command Create()
    {
        var command = new Verb("validate", "Check a pipeline file without running it; with --server, against that server's trainers.") { File };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string file = parsed.GetRequiredValue(File);
        string yaml = await TextFile.ReadAsync(file, cancellationToken);
        ValidPipeline valid = parsed.GetValue(GlobalOptions.Server) is null
            ? PipelineCheck.Here(parsed, yaml, file)
            : await ByServerAsync(parsed, yaml, file, cancellationToken);
        parsed.Output().Show(
            new { pipeline = valid.Name, dataset = valid.Dataset, valid = true },
            (console, _) => console.MarkupLine($"[green]valid[/]: {Markup.Escape(file)} is the pipeline {Markup.Escape(valid.Name)}"));
        return ExitCodes.Done;
    }

    private static async Task<ValidPipeline> ByServerAsync(ParseResult parsed, string yaml, string file, CancellationToken cancellationToken)
    {
        await using ApiClient api = ApiConnection.Open(parsed);
        return await PipelineCheck.ByServerAsync(api, yaml, file, cancellationToken);
    }
}
