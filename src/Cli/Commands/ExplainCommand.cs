using System.CommandLine;
using MlOps.Cli.Files;
using MlOps.Cli.Output;
using MlOps.Learning.Explaining;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;
using Spectre.Console;
using Table = MlOps.Learning.Tables.Table;

namespace MlOps.Cli.Commands;

/// <summary>
/// `mlops explain`: how much each feature did to the score of each row, into a CSV of a column a feature, then `base`. A row adds up to its
/// margin: the number, the log odds of the positive class, or the score of a class before the softmax.
/// </summary>
internal static class ExplainCommand
{
    private const string BaseColumn = "base";
    private const string ClassColumn = "class";

    private static readonly Option<string> Model = new("--model") { Description = "A model file, or models:/NAME@ALIAS.", Required = true };
    private static readonly Option<string> Input = new("--input") { Description = "The rows: CSV or JSON Lines.", Required = true };
    private static readonly Option<string> Out = new("--out") { Description = "The CSV to write.", Required = true };
    private static readonly Option<string?> Class = new("--class")
    {
        Description = "Multiclass: the class whose score is explained in every row (default: the predicted one, named in a last column `class`).",
    };

    public static Command Create()
    {
        var command = new Verb("explain", "How much each feature did to the score of each row of a file (TreeSHAP, linear SHAP).", Verb.Unwritten) { Model, Input, Out, Class, TableFile.Delimiter };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        AtomicFile.Check(parsed.GetRequiredValue(Out));
        IModel model = await ModelSource.LoadAsync(parsed, parsed.GetRequiredValue(Model), cancellationToken);
        IExplainable explainable = ModelExplainer.Of(model);
        int? output = parsed.GetValue(Class) is { } name ? OutputOf(model.Signature, name) : null;
        string input = parsed.GetRequiredValue(Input);
        Table rows = await TableFile.ReadForAsync(input, model.Signature, parsed.GetValue(TableFile.Delimiter), cancellationToken);
        Table explained = TableFile.Named(input, () => Explain(model, explainable, rows, output, cancellationToken));
        await AtomicFile.WriteAsync(parsed.GetRequiredValue(Out), stream => CsvWriter.WriteAsync(explained, stream, cancellationToken), cancellationToken);
        parsed.Output().Show(
            new Explained(parsed.GetRequiredValue(Out), explained.RowCount, model.Trainer, explainable.Method),
            (console, e) => console.WriteLine($"{e.Rows} explanations in {e.Output} ({e.Method})"));
        return ExitCodes.Done;
    }

    private static Table Explain(IModel model, IExplainable explainable, Table rows, int? output, CancellationToken cancellationToken)
    {
        Contributions contributions = explainable.Explain(rows, cancellationToken);
        if (model.Signature.Task != LearningTask.Multiclass)
            return ToTable(contributions, _ => 0, null);
        if (output is { } chosen)
            return ToTable(contributions, _ => chosen, null);
        Predictions predictions = model.Score(rows);
        return ToTable(contributions, predictions.Label, new CategoryColumn(ClassColumn, [.. Enumerable.Range(0, rows.RowCount).Select(predictions.Label)], model.Signature.Classes));
    }

    /// <param name="output">Of a row.</param>
    private static Table ToTable(Contributions contributions, Func<int, int> output, CategoryColumn? classes)
    {
        string[] names = [.. contributions.Signature.Inputs.Select(i => i.Name)];
        List<Column> columns = [.. names.Select((name, i) => new NumberColumn(name, Values(contributions, row => contributions.Of(row, output(row))[i])))];
        columns.Add(new NumberColumn(Free(BaseColumn, names), Values(contributions, row => contributions.Base[output(row)])));
        if (classes is not null)
            columns.Add(new CategoryColumn(Free(ClassColumn, names), classes.Codes.ToArray(), classes.Levels));
        return new Table(columns, contributions.Count);
    }

    private static double[] Values(Contributions contributions, Func<int, double> of) => [.. Enumerable.Range(0, contributions.Count).Select(of)];

    /// <summary>A feature may have the name.</summary>
    private static string Free(string name, string[] features) => features.Contains(name) ? Free("_" + name, features) : name;

    private static int OutputOf(ModelSignature signature, string name)
    {
        if (signature.Task != LearningTask.Multiclass)
            throw MlOpsException.Invalid("class-unknown", $"--class '{name}' is for multiclass models, this one's task is {signature.Task.ToString().ToLowerInvariant()}: leave it out");
        int output = signature.Classes.ToList().IndexOf(name);
        return output >= 0 ? output : throw MlOpsException.Invalid(
            "class-unknown", $"--class '{name}' is no class of the model{NameSuggestion.Hint(name, signature.Classes)} (it has: {string.Join(", ", signature.Classes.Take(30))})");
    }

    private sealed record Explained(string Output, int Rows, string Trainer, string Method);
}
