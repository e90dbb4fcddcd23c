namespace MlOps.Bench.Learning;

/// <summary>
/// TreeSHAP of one and the same model (100 trees of depth 6, 28 inputs) by us and by XGBoost's <c>pred_contribs</c>: <c>learning explain
/// [rows]</c>. Each in a process of its own, the best of five rounds after a first one.
/// </summary>
internal static class ExplainBench
{
    public static Task RunAsync(string[] args) =>
        ScoringTable.RunAsync("TreeSHAP, CPU microseconds a row", [("explain", "explain")], [100], args.Length > 0 ? ScoringTable.Number(args[0]) : 4_000, perSecond: false);
}
