namespace MlOps.Domain.Training;

/// <summary>A family that takes part in a choice, with defaults that do well on most tables.</summary>
/// <param name="StopsEarly">Its trees end by rows that a fold holds out; on all rows it grows as many as were best on average.</param>
internal sealed record AutoFamily(string Trainer, IReadOnlyDictionary<string, string> Parameters, bool StopsEarly = false)
{
    /// <summary>The simplest, smallest and fastest first: a tie goes to the earlier.</summary>
    public static IReadOnlyList<AutoFamily> All { get; } =
    [
        new("linear", new SortedDictionary<string, string>(StringComparer.Ordinal)),
        new(
            "gbdt",
            new SortedDictionary<string, string>(StringComparer.Ordinal) { ["trees"] = "1000", ["learningRate"] = "0.1", ["depth"] = "6", ["earlyStop"] = "30" },
            StopsEarly: true),
        new("forest", new SortedDictionary<string, string>(StringComparer.Ordinal) { ["trees"] = "200" }),
    ];
}
