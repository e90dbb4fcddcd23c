using System.CommandLine;
using MlOps.Cli.Files;
using MlOps.Cli.Output;
using MlOps.Learning.Metrics;
using MlOps.Learning.Trainers;
using Spectre.Console;
using Table = MlOps.Learning.Tables.Table;

namespace MlOps.Cli.Commands;

/// <summary>`mlops evaluate`: a model's metrics on a file that has the truth.</summary>
internal static class EvaluateCommand
{
    private static readonly Option<string> Model = new("--model") { Description = "A model file, or models:/NAME@ALIAS.", Required = true };
    private static readonly Option<string> Input = new("--input") { Description = "Rows with the target: CSV or JSON Lines.", Required = true };
    private static readonly Option<string?> Target = new("--target") { Description = "The column with the truth (default: the model's target)." };

    public static Command Create()
    {
        var command = new Verb("evaluate", "Measure a model on a file.") { Model, Input, Target, TableFile.Delimiter };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        IModel model = await ModelSource.LoadAsync(parsed, parsed.GetRequiredValue(Model), cancellationToken);
        Table rows = await TableFile.ReadForAsync(parsed.GetRequiredValue(Input), model.Signature, parsed.GetValue(TableFile.Delimiter), cancellationToken);
        string target = parsed.GetValue(Target) ?? model.Signature.Target;
        if (rows.Find(target) is null)
            throw Missing(parsed.GetRequiredValue(Input), target, rows);
        MetricSet metrics = TableFile.Named(parsed.GetRequiredValue(Input), () => ModelMetrics.Compute(model, rows, target));
        parsed.Output().Show(new Evaluated(rows.RowCount, target, metrics.Values, metrics.Absent), (console, e) =>
        {
            console.Write(Tables.Of(e.Metrics, ("metric", m => m.Key), ("value", m => m.Value)));
            foreach ((string name, string reason) in e.Absent)
                console.WriteLine($"{name}: not computed, {reason}");
        });
        return ExitCodes.Done;
    }

    private static MlOpsException Missing(string input, string target, Table rows)
    {
        string[] columns = [.. rows.Columns.Select(c => c.Name)];
        return MlOpsException.Invalid(
            "target-missing",
            $"{input}: there is no column '{target}' with the truth{NameSuggestion.Hint(target, columns)} (it has: {string.Join(", ", columns)}); name another with --target");
    }

    private sealed record Evaluated(int Rows, string Target, IReadOnlyDictionary<string, double> Metrics, IReadOnlyDictionary<string, string> Absent);
}
