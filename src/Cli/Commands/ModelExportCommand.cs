using System.CommandLine;
using MlOps.Cli.Files;
using MlOps.Cli.Output;
using MlOps.Learning.Exporting;
using MlOps.Learning.Trainers;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary>`mlops model export MODEL --format F --out FILE`: a model as another library reads it.</summary>
internal static class ModelExportCommand
{
    private static readonly Argument<string> Model = new("model") { Description = "A model file, or models:/NAME@ALIAS." };
    private static readonly Option<string> Format = new("--format") { Description = string.Join(" or ", ModelExporter.Formats) + ".", Required = true };
    private static readonly Option<string> Out = new("--out") { Description = "The file to write.", Required = true };

    public static Command Create()
    {
        var command = new Verb("export", "Write a model in the format of another library (docs/exporting.md).", Verb.Unwritten) { Model, Format, Out };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string path = parsed.GetRequiredValue(Out), format = parsed.GetRequiredValue(Format);
        AtomicFile.Check(path);
        IModel model = await ModelSource.LoadAsync(parsed, parsed.GetRequiredValue(Model), cancellationToken);
        using var file = new MemoryStream();
        IReadOnlyList<string> notes = ModelExporter.Export(model, format, file);
        file.Position = 0;
        await AtomicFile.WriteAsync(path, stream => file.CopyToAsync(stream, cancellationToken), cancellationToken);
        parsed.Output().Show(new Exported(path, format, file.Length, notes), Write);
        return ExitCodes.Done;
    }

    private static void Write(IAnsiConsole console, Exported exported)
    {
        console.WriteLine($"{exported.Output} written as {exported.Format}, {exported.Bytes:N0} bytes");
        foreach (string note in exported.Notes)
            console.WriteLine($"note: {note}");
    }

    private sealed record Exported(string Output, string Format, long Bytes, IReadOnlyList<string> Notes);
}
