using System.CommandLine;
using MlOps.Cli.Files;
using MlOps.Learning.Trainers;
using Table = MlOps.Learning.Tables.Table;

namespace MlOps.Cli.Commands;

/// <summary>What `mlops explain` was asked, with the model loaded.</summary>
internal sealed record ExplainRequest(ParseResult Parsed, IModel Model)
{
    public string InputFile => Parsed.GetValue(ExplainCommand.Input)
        ?? throw MlOpsException.Invalid("explain-input", $"say which rows to explain: --input FILE (method {Parsed.GetValue(ExplainCommand.Method)} needs rows)");

    public Task<Table> RowsAsync(CancellationToken cancellationToken) => ReadAsync(InputFile, cancellationToken);

    public Task<Table> ReadAsync(string file, CancellationToken cancellationToken) =>
        TableFile.ReadForAsync(file, Model.Signature, Parsed.GetValue(TableFile.Delimiter), cancellationToken);
}

/// <summary>What comes of it.</summary>
/// <param name="Table">What --out gets.</param>
/// <param name="Rows">How many rows were explained.</param>
/// <param name="Method">How, in the words of the library.</param>
/// <param name="Document">What --json shows, of methods that are not of rows.</param>
internal sealed record Explanation(Table Table, int Rows, string Method, object? Document = null);

/// <summary>One way of explaining.</summary>
/// <param name="OfRows">Whether it gives lines for each row, which need a file.</param>
internal sealed record ExplainMethod(string Name, bool OfRows, Func<ExplainRequest, CancellationToken, Task<Explanation>> Run);

/// <summary>The ways that there are.</summary>
internal static class ExplainMethods
{
    private static readonly ExplainMethod[] All =
    [
        new("shap", true, ExplainRows.ShapAsync),
        new("interactions", true, ExplainRows.InteractionsAsync),
        new("interventional", true, ExplainRows.InterventionalAsync),
        new("permutation", false, ExplainFeatures.PermutationAsync),
        new("importance", false, ExplainFeatures.ImportanceAsync),
        new("pdp", false, ExplainFeatures.DependenceAsync),
        new("ice", false, ExplainFeatures.IndividualAsync),
        new("ale", false, ExplainFeatures.AccumulatedAsync),
    ];

    public static IEnumerable<string> Names => All.Select(m => m.Name);

    public static ExplainMethod Get(string name) => Array.Find(All, m => m.Name == name) ?? throw MlOpsException.Invalid(
        "explain-method", $"--method '{name}' is unknown{NameSuggestion.Hint(name, [.. Names])} (valid: {string.Join(", ", Names)})");
}
