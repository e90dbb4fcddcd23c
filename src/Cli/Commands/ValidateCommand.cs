using System.CommandLine;
using MlOps.Cli.Files;
using MlOps.Cli.Output;
using MlOps.Domain.Pipelines;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary>`mlops validate FILE`: what is wrong with a pipeline file, told without a server or a data directory.</summary>
internal static class ValidateCommand
{
    private static readonly Argument<string> File = new("file") { Description = "The pipeline file." };

    public static Command Create()
    {
        var command = new Verb("validate", "Check a pipeline file without running it.") { File };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string file = parsed.GetRequiredValue(File);
        PipelineSpec spec = new PipelineParser(parsed.Edition().Trainers).Parse(await TextFile.ReadAsync(file, cancellationToken), file);
        parsed.Output().Show(
            new { pipeline = spec.Name, dataset = spec.Dataset.ToString(), valid = true },
            (console, _) => console.MarkupLine($"[green]valid[/]: {Markup.Escape(file)} is the pipeline {Markup.Escape(spec.Name)}"));
        return ExitCodes.Done;
    }
}
