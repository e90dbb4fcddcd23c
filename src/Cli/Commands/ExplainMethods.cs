using System.CommandLine;
using System.CommandLine.Parsing;
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
/// <param name="Note">What a person must know of the table, under it.</param>
internal sealed record Explanation(Table Table, int Rows, string Method, object? Document = null, string? Note = null);

/// <summary>One way of explaining.</summary>
/// <param name="OfRows">Whether it gives lines for each row, which need a file.</param>
/// <param name="Takes">The options that are not of all methods and that it looks at.</param>
internal sealed record ExplainMethod(string Name, bool OfRows, string[] Takes, Func<ExplainRequest, CancellationToken, Task<Explanation>> Run);

/// <summary>The ways that there are.</summary>
internal static class ExplainMethods
{
    private static readonly ExplainMethod[] All =
    [
        new("shap", true, ["--class"], ExplainRows.ShapAsync),
        new("interactions", true, ["--class"], ExplainRows.InteractionsAsync),
        new("interventional", true, ["--class", "--background"], ExplainRows.InterventionalAsync),
        new("permutation", false, ["--target", "--metric", "--repeats", "--seed"], ExplainFeatures.PermutationAsync),
        new("importance", false, [], ExplainFeatures.ImportanceAsync),
        new("pdp", false, ["--feature", "--points", "--seed"], ExplainFeatures.DependenceAsync),
        new("ice", false, ["--feature", "--points", "--rows", "--seed"], ExplainFeatures.IndividualAsync),
        new("ale", false, ["--feature", "--points", "--seed"], ExplainFeatures.AccumulatedAsync),
    ];

    public static IEnumerable<string> Names => All.Select(m => m.Name);

    /// <exception cref="MlOpsException">Invalid <c>explain-option</c>: an option is given that another method looks at.</exception>
    public static void Check(ExplainMethod method, ParseResult parsed)
    {
        foreach (string option in All.SelectMany(m => m.Takes).Distinct().Except(method.Takes))
        {
            if (parsed.GetResult(option) is OptionResult { Implicit: false })
                throw MlOpsException.Invalid("explain-option", $"--method {method.Name} does not look at {option}: leave it out, or use --method {string.Join(" or ", All.Where(m => m.Takes.Contains(option)).Select(m => m.Name))}");
        }
    }

    public static ExplainMethod Get(string name) => Array.Find(All, m => m.Name == name) ?? throw MlOpsException.Invalid(
        "explain-method", $"--method '{name}' is unknown{NameSuggestion.Hint(name, [.. Names])} (valid: {string.Join(", ", Names)})");
}
