using System.CommandLine;
using MlOps.Cli.Files;
using MlOps.Cli.Output;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;
using Spectre.Console;
using Table = MlOps.Learning.Tables.Table;

namespace MlOps.Cli.Commands;

/// <summary>`mlops predict`: score a file into a CSV of `prediction` and one `p_&lt;class&gt;` column a class.</summary>
internal static class PredictCommand
{
    private static readonly Option<string> Model = new("--model") { Description = "A model file, or models:/NAME@ALIAS.", Required = true };
    private static readonly Option<string> Input = new("--input") { Description = "The rows: CSV or JSON Lines.", Required = true };
    private static readonly Option<string> Out = new("--out") { Description = "The CSV to write.", Required = true };

    public static Command Create()
    {
        var command = new Verb("predict", "Score a file with a model.", Verb.Unwritten) { Model, Input, Out, TableFile.Delimiter };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        AtomicFile.Check(parsed.GetRequiredValue(Out));
        IModel model = await ModelSource.LoadAsync(parsed, parsed.GetRequiredValue(Model), cancellationToken);
        Table rows = await TableFile.ReadForAsync(parsed.GetRequiredValue(Input), model.Signature, parsed.GetValue(TableFile.Delimiter), cancellationToken);
        Table predictions = TableFile.Named(parsed.GetRequiredValue(Input), () => ToTable(model.Score(rows)));
        await AtomicFile.WriteAsync(parsed.GetRequiredValue(Out), stream => CsvWriter.WriteAsync(predictions, stream, cancellationToken), cancellationToken);
        parsed.Output().Show(
            new Predicted(parsed.GetRequiredValue(Out), predictions.RowCount, model.Trainer),
            (console, p) => console.WriteLine($"{p.Rows} predictions in {p.Output}"));
        return ExitCodes.Done;
    }

    private static Table ToTable(Predictions predictions)
    {
        if (predictions.Task == LearningTask.Regression)
            return new Table([new NumberColumn("prediction", predictions.Scores)]);
        var columns = new List<Column> { new CategoryColumn("prediction", [.. Enumerable.Range(0, predictions.Count).Select(predictions.Label)], predictions.Classes) };
        for (int k = 0; k < predictions.Classes.Count; k++)
        {
            int index = k;
            columns.Add(new NumberColumn($"p_{predictions.Classes[k]}", [.. Enumerable.Range(0, predictions.Count).Select(row => predictions.Probability(row, index))]));
        }

        return new Table(columns);
    }

    private sealed record Predicted(string Output, int Rows, string Trainer);
}
