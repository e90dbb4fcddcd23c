using MlOps.Cli.Files;
using MlOps.Learning.Explaining;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Cli.Commands;

/// <summary>Explanations with lines for each row: contributions and interactions.</summary>
internal static class ExplainRows
{
    private const string BaseColumn = "base";
    private const string ClassColumn = "class";
    private const string RowColumn = "row";
    private const string FeatureColumn = "feature";

    public static async Task<Explanation> ShapAsync(ExplainRequest request, CancellationToken cancellationToken)
    {
        IExplainable explainable = ModelExplainer.Of(request.Model);
        int? output = OutputOf(request);
        Table rows = await request.RowsAsync(cancellationToken);
        Contributions contributions = TableFile.Named(request.InputFile, () => explainable.Explain(rows, cancellationToken));
        return new(ToTable(contributions, Choose(request.Model, rows, output)), contributions.Count, explainable.Method);
    }

    public static async Task<Explanation> InterventionalAsync(ExplainRequest request, CancellationToken cancellationToken)
    {
        int? output = OutputOf(request);
        string file = request.Parsed.GetValue(ExplainCommand.Background)
            ?? throw MlOpsException.Invalid("explain-background", "say what contributions are measured against: --background FILE, such as some hundred rows of the training data");
        Table background = await request.ReadAsync(file, cancellationToken);
        Table rows = await request.RowsAsync(cancellationToken);
        BackgroundExplainer explainer = TableFile.Named(file, () => new BackgroundExplainer(request.Model, background));
        Contributions contributions = TableFile.Named(request.InputFile, () => explainer.Explain(rows, cancellationToken));
        return new(ToTable(contributions, Choose(request.Model, rows, output)), contributions.Count, explainer.Method);
    }

    /// <summary>A line for each row and feature: what it does with each of the others, and in its own column alone. A line adds up to the contribution.</summary>
    public static async Task<Explanation> InteractionsAsync(ExplainRequest request, CancellationToken cancellationToken)
    {
        int? output = OutputOf(request);
        Table rows = await request.RowsAsync(cancellationToken);
        Interactions interactions = TableFile.Named(request.InputFile, () => ModelExplainer.Interactions(request.Model, rows, cancellationToken));
        Chosen chosen = Choose(request.Model, rows, output);
        string[] names = [.. interactions.Signature.Inputs.Select(i => i.Name)];
        int lines = rows.RowCount * names.Length;
        List<Column> columns =
        [
            new NumberColumn(Free(RowColumn, names), [.. Enumerable.Range(0, lines).Select(line => (double)(line / names.Length) + 1)]),
            new CategoryColumn(Free(FeatureColumn, names), [.. Enumerable.Range(0, lines).Select(line => line % names.Length)], names),
            .. names.Select((name, j) => new NumberColumn(name, [.. Enumerable.Range(0, lines).Select(line => interactions.Of(line / names.Length, chosen.Output(line / names.Length))[(line % names.Length * names.Length) + j])])),
        ];
        return new(new Table(columns, lines), rows.RowCount, "interactions");
    }

    /// <summary>The output that is explained of a row, and the classes to name beside it.</summary>
    private sealed record Chosen(Func<int, int> Output, CategoryColumn? Classes);

    private static Chosen Choose(IModel model, Table rows, int? output)
    {
        if (model.Signature.Task != LearningTask.Multiclass)
            return new(_ => 0, null);
        if (output is { } chosen)
            return new(_ => chosen, null);
        Predictions predictions = model.Score(rows);
        return new(predictions.Label, new CategoryColumn(ClassColumn, [.. Enumerable.Range(0, rows.RowCount).Select(predictions.Label)], model.Signature.Classes));
    }

    private static Table ToTable(Contributions contributions, Chosen chosen)
    {
        string[] names = [.. contributions.Signature.Inputs.Select(i => i.Name)];
        List<Column> columns = [.. names.Select((name, i) => new NumberColumn(name, Values(contributions, row => contributions.Of(row, chosen.Output(row))[i])))];
        columns.Add(new NumberColumn(Free(BaseColumn, names), Values(contributions, row => contributions.Base[chosen.Output(row)])));
        if (chosen.Classes is { } classes)
            columns.Add(new CategoryColumn(Free(ClassColumn, names), classes.Codes.ToArray(), classes.Levels));
        return new Table(columns, contributions.Count);
    }

    private static double[] Values(Contributions contributions, Func<int, double> of) => [.. Enumerable.Range(0, contributions.Count).Select(of)];

    /// <summary>A feature may have the name.</summary>
    private static string Free(string name, string[] features) => features.Contains(name) ? Free("_" + name, features) : name;

    private static int? OutputOf(ExplainRequest request)
    {
        if (request.Parsed.GetValue(ExplainCommand.Class) is not { } name)
            return null;
        ModelSignature signature = request.Model.Signature;
        if (signature.Task != LearningTask.Multiclass)
            throw MlOpsException.Invalid("class-unknown", $"--class '{name}' is for multiclass models, this one's task is {signature.Task.ToString().ToLowerInvariant()}: leave it out");
        int output = signature.Classes.ToList().IndexOf(name);
        return output >= 0 ? output : throw MlOpsException.Invalid(
            "class-unknown", $"--class '{name}' is no class of the model{NameSuggestion.Hint(name, signature.Classes)} (it has: {string.Join(", ", signature.Classes.Take(30))})");
    }
}
