using System.CommandLine;
using MlOps.Cli.Files;
using MlOps.Cli.Output;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;
using Spectre.Console;
using Table = MlOps.Learning.Tables.Table;

namespace MlOps.Cli.Commands;

/// <summary>`mlops predict`: score a file into a CSV of `prediction` and one `p_&lt;class&gt;` column a class, or a data set version as a batch.</summary>
internal static class PredictCommand
{
    private const string WhenStopped = Verb.Unwritten + "; a batch prediction that had begun goes on by itself, without a server at the next `mlops serve`: see `mlops batch list`";

    private static readonly Option<string> Model = new("--model") { Description = "A model file, or models:/NAME@ALIAS.", Required = true };
    private static readonly Option<string?> Input = new("--input") { Description = "The rows: CSV or JSON Lines." };
    private static readonly Option<string?> Out = new("--out") { Description = "The CSV to write; of a batch also a folder, which gets the parts." };

    public static Command Create()
    {
        var command = new Verb("predict", "Score a file, or with --dataset a data set version, with a model.", WhenStopped) { Model, Input, Out, TableFile.Delimiter };
        BatchStart.AddOptions(command);
        command.SetAction((parsed, cancellationToken) => parsed.GetValue(BatchStart.Dataset) is { } dataset
            ? BatchStart.RunAsync(parsed, parsed.GetRequiredValue(Model), dataset, OutOfBatch(parsed), cancellationToken)
            : RunAsync(parsed, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string input = parsed.GetValue(Input) ?? throw MlOpsException.Invalid("predict-what", "say what to score: --input FILE, or --dataset NAME[@VERSION]");
        string output = parsed.GetValue(Out) ?? throw MlOpsException.Invalid("predict-out", "say where the predictions go: --out FILE.csv");
        BatchStart.RefuseOptions(parsed);
        AtomicFile.Check(output);
        IModel model = await ModelSource.LoadAsync(parsed, parsed.GetRequiredValue(Model), cancellationToken);
        Table rows = await TableFile.ReadForAsync(input, model.Signature, parsed.GetValue(TableFile.Delimiter), cancellationToken);
        Table predictions = TableFile.Named(input, () => new Table(PredictionColumns.Of(model.Score(rows))));
        await AtomicFile.WriteAsync(output, stream => CsvWriter.WriteAsync(predictions, stream, cancellationToken), cancellationToken);
        parsed.Output().Show(
            new Predicted(output, predictions.RowCount, model.Trainer),
            (console, p) => console.WriteLine($"{p.Rows} predictions in {p.Output}"));
        return ExitCodes.Done;
    }

    private static string? OutOfBatch(ParseResult parsed) => parsed.GetValue(Input) is null && parsed.GetValue(TableFile.Delimiter) is null
        ? parsed.GetValue(Out)
        : throw MlOpsException.Invalid("predict-what", "--dataset goes with neither --input nor --delimiter: a data set version is read as it was added");

    private sealed record Predicted(string Output, int Rows, string Trainer);
}
