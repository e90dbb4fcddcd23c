using System.CommandLine;
using MlOps.Cli.Files;
using MlOps.Cli.Output;
using MlOps.Learning.Metrics;
using MlOps.Learning.Trainers;
using Table = MlOps.Learning.Tables.Table;

namespace MlOps.Cli.Commands;

/// <summary>`mlops evaluate`: a model's metrics, curves and tables on a file that has the truth.</summary>
internal static class EvaluateCommand
{
    private static readonly Option<string> Model = new("--model") { Description = "A model file, or models:/NAME@ALIAS.", Required = true };
    private static readonly Option<string> Input = new("--input") { Description = "Rows with the target: CSV or JSON Lines.", Required = true };
    private static readonly Option<string?> Target = new("--target") { Description = "The column with the truth (default: the model's target)." };
    private static readonly Option<string?> Weight = new("--weight") { Description = "A column of numbers of at least 0 that rows count with in every metric, curve and table." };
    private static readonly Option<string[]> Metric = new("--metric") { Description = "Only this metric, may be repeated; the curves and tables are left out." };
    private static readonly Option<int?> Intervals = new("--intervals")
    {
        Description = "95 % bootstrap intervals, of so many resamples (default: 1000, fewer of many rows).",
        Arity = ArgumentArity.ZeroOrOne,
        HelpName = "resamples",
    };

    public static Command Create()
    {
        var command = new Verb("evaluate", "Measure a model on a file.") { Model, Input, Target, Weight, Metric, Intervals, TableFile.Delimiter };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        IModel model = await ModelSource.LoadAsync(parsed, parsed.GetRequiredValue(Model), cancellationToken);
        string[] metrics = [.. (parsed.GetValue(Metric) ?? []).Select(name => MetricCatalog.Get(name, model.Signature.Task).Name)];
        string input = parsed.GetRequiredValue(Input);
        Table rows = await TableFile.ReadForAsync(input, model.Signature, parsed.GetValue(TableFile.Delimiter), cancellationToken);
        string target = parsed.GetValue(Target) ?? model.Signature.Target;
        string? weight = parsed.GetValue(Weight);
        CheckColumn(rows, input, target, "the truth", "--target");
        if (weight is not null)
            CheckColumn(rows, input, weight, "the weights", "--weight");
        ScoredRows scored = TableFile.Named(input, () => ScoredRows.Join(model.Score(rows), rows[target], weight is null ? null : rows[weight]));
        IntervalOptions? intervals = parsed.GetResult(Intervals) is null ? null : new IntervalOptions { Resamples = parsed.GetValue(Intervals) ?? 0 };
        parsed.Output().Show(Evaluation.Of(scored, target, weight, metrics, intervals, cancellationToken), EvaluationView.Write);
        return ExitCodes.Done;
    }

    private static void CheckColumn(Table rows, string input, string name, string what, string option)
    {
        if (rows.Find(name) is not null)
            return;
        string[] columns = [.. rows.Columns.Select(c => c.Name)];
        throw MlOpsException.Invalid(
            $"{option[2..]}-missing",
            $"{input}: there is no column '{name}' with {what}{NameSuggestion.Hint(name, columns)} (it has: {string.Join(", ", columns)}); name another with {option}");
    }
}
