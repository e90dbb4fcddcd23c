using System.CommandLine;
using MlOps.Cli.Files;
using MlOps.Cli.Output;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary>
/// `mlops explain`: how much each feature did to the score of each row, into a CSV of a column a feature, then `base`; with --method also
/// interactions, importances and the effect of a feature. docs/explaining.md.
/// </summary>
internal static class ExplainCommand
{
    internal static readonly Option<string> Model = new("--model") { Description = "A model file, or models:/NAME@ALIAS.", Required = true };
    internal static readonly Option<string?> Input = new("--input") { Description = "The rows: CSV or JSON Lines; not needed for importance." };
    internal static readonly Option<string?> Out = new("--out") { Description = "The CSV to write; importances and effects are shown without it." };
    internal static readonly Option<string> Method = new("--method")
    {
        Description = $"One of {string.Join(", ", ExplainMethods.Names)}.",
        DefaultValueFactory = _ => "shap",
    };

    internal static readonly Option<string?> Class = new("--class")
    {
        Description = "Multiclass: the class whose score is explained in every row (default: the predicted one, named in a last column `class`).",
    };

    internal static readonly Option<string?> Background = new("--background") { Description = "interventional: a file of the rows that contributions are measured against." };
    internal static readonly Option<string[]> Feature = new("--feature") { Description = "pdp, ice, ale: the feature, may be repeated." };
    internal static readonly Option<string?> Target = new("--target") { Description = "permutation: the column with the truth (default: the model's target)." };
    internal static readonly Option<string?> Metric = new("--metric") { Description = "permutation: the metric that is held against (default: auc, accuracy or rmse)." };
    internal static readonly Option<int> Repeats = new("--repeats") { Description = "permutation: how often each feature is shuffled.", DefaultValueFactory = _ => 5 };
    internal static readonly Option<int> Points = new("--points") { Description = "pdp, ice, ale: points of a number.", DefaultValueFactory = _ => 20 };
    internal static readonly Option<int> Rows = new("--rows") { Description = "ice: rows that get a curve, drawn at random.", DefaultValueFactory = _ => 50 };
    internal static readonly Option<ulong> Seed = new("--seed") { Description = "permutation, pdp, ice, ale: what is random follows from it.", DefaultValueFactory = _ => 42 };

    public static Command Create()
    {
        var command = new Verb("explain", "How much each feature did to the score of each row of a file (TreeSHAP, linear SHAP); importances and effects of features.", Verb.Unwritten)
        {
            Model, Input, Out, Method, Class, Background, Feature, Target, Metric, Repeats, Points, Rows, Seed, TableFile.Delimiter,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        ExplainMethod method = ExplainMethods.Get(parsed.GetValue(Method)!);
        ExplainMethods.Check(method, parsed);
        string? output = parsed.GetValue(Out);
        if (output is null && method.OfRows)
            throw MlOpsException.Invalid("explain-out", $"say where the explanations go: --out FILE.csv (method {method.Name} writes a line for each row)");
        if (output is not null)
            AtomicFile.Check(output);
        IModel model = await ModelSource.LoadAsync(parsed, parsed.GetRequiredValue(Model), cancellationToken);
        Explanation explained = await method.Run(new ExplainRequest(parsed, model), cancellationToken);
        if (output is not null)
            await AtomicFile.WriteAsync(output, stream => CsvWriter.WriteAsync(explained.Table, stream, cancellationToken), cancellationToken);
        if (method.OfRows)
            parsed.Output().Show(new Explained(output!, explained.Rows, model.Trainer, explained.Method), (console, e) => console.WriteLine($"{e.Rows} explanations in {e.Output} ({e.Method})"));
        else
            parsed.Output().Show(explained.Document!, (console, _) => Show(console, explained));
        return ExitCodes.Done;
    }

    private static void Show(IAnsiConsole console, Explanation explained)
    {
        console.Write(Tables.OfTable(explained.Table));
        if (explained.Note is not null)
            console.WriteLine(explained.Note);
    }

    private sealed record Explained(string Output, int Rows, string Trainer, string Method);
}
