namespace MlOps.Bench.Learning;

/// <summary>
/// Scores of one and the same model (depth 6, 28 inputs) by us and by XGBoost's in-place prediction: <c>learning score [rows]</c>. Ours from a
/// typed table, from rows as plain numbers, and row by row (1,000,000 / rows a second are microseconds a row). Each in a process of its own, the best of five rounds after a first one.
/// </summary>
internal static class ScoreBench
{
    public static Task RunAsync(string[] args) => ScoringTable.RunAsync(
        "Batch scoring, rows a CPU second",
        [("score", "a table"), ("score-rows", "rows"), ("score-one", "one row at a time, one thread")],
        [100, 500],
        args.Length > 0 ? ScoringTable.Number(args[0]) : 200_000,
        perSecond: true);
}
