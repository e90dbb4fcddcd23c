using System.CommandLine;
using System.Globalization;
using MlOps.Cli.Files;
using MlOps.Learning.Explaining;
using MlOps.Learning.Tables;

namespace MlOps.Cli.Commands;

/// <summary>Explanations of features over all rows: importances and effects.</summary>
internal static class ExplainFeatures
{
    public static Task<Explanation> ImportanceAsync(ExplainRequest request, CancellationToken cancellationToken)
    {
        IReadOnlyList<SplitImportance> found = SplitImportance.Of(request.Model);
        var table = new Table(
        [
            Names("feature", found.Select(f => f.Feature)), Numbers("weight", found.Select(f => (double)f.Weight)), Kept("gain", f => f.Gain), Kept("cover", f => f.Cover),
            Kept("totalGain", f => f.TotalGain), Kept("totalCover", f => f.TotalCover),
        ]);
        string? note = SplitImportance.Lacks(request.Model);
        return Task.FromResult(new Explanation(table, 0, "importance", new { method = "importance", features = found, note }, note));

        NumberColumn Kept(string name, Func<SplitImportance, double?> of) => Numbers(name, found.Select(f => of(f) ?? double.NaN));
    }

    public static async Task<Explanation> PermutationAsync(ExplainRequest request, CancellationToken cancellationToken)
    {
        Table rows = await request.RowsAsync(cancellationToken);
        ParseResult parsed = request.Parsed;
        var options = new PermutationOptions { Metric = parsed.GetValue(ExplainCommand.Metric), Repeats = parsed.GetValue(ExplainCommand.Repeats), Seed = parsed.GetValue(ExplainCommand.Seed) };
        string target = parsed.GetValue(ExplainCommand.Target) ?? request.Model.Signature.Target;
        if (rows.Find(target) is null)
            throw MlOpsException.Invalid("target-missing", $"{request.InputFile}: there is no column '{target}' with the truth{NameSuggestion.Hint(target, rows.ColumnNames)}; name another with --target");
        IReadOnlyList<PermutedFeature> found = TableFile.Named(request.InputFile, () => PermutationImportance.Of(request.Model, rows, target, options, null, cancellationToken));
        var table = new Table([Names("feature", found.Select(f => f.Feature)), Numbers("mean", found.Select(f => f.Mean)), Numbers("deviation", found.Select(f => f.Deviation))]);
        return new(table, rows.RowCount, "permutation", new { method = "permutation", rows = rows.RowCount, features = found });
    }

    public static Task<Explanation> DependenceAsync(ExplainRequest request, CancellationToken cancellationToken) => EffectsAsync(
        request, "pdp", (rows, feature, options) => PartialDependence.Of(request.Model, rows, feature, options, null, cancellationToken), cancellationToken);

    public static Task<Explanation> IndividualAsync(ExplainRequest request, CancellationToken cancellationToken) => EffectsAsync(
        request, "ice", (rows, feature, options) => PartialDependence.Of(request.Model, rows, feature, options with { Individual = request.Parsed.GetValue(ExplainCommand.Rows) }, null, cancellationToken), cancellationToken);

    public static Task<Explanation> AccumulatedAsync(ExplainRequest request, CancellationToken cancellationToken) => EffectsAsync(
        request, "ale", (rows, feature, options) => AccumulatedEffects.Of(request.Model, rows, feature, options, cancellationToken), cancellationToken);

    private static async Task<Explanation> EffectsAsync(ExplainRequest request, string method, Func<Table, string, EffectOptions, FeatureEffect> of, CancellationToken cancellationToken)
    {
        string[] features = request.Parsed.GetValue(ExplainCommand.Feature) is { Length: > 0 } given ? given : throw MlOpsException.Invalid(
            "explain-feature", $"say of which feature: --feature NAME (the model has: {string.Join(", ", request.Model.Signature.Inputs.Select(i => i.Name).Take(30))})");
        Table rows = await request.RowsAsync(cancellationToken);
        var options = new EffectOptions { Points = request.Parsed.GetValue(ExplainCommand.Points), Seed = request.Parsed.GetValue(ExplainCommand.Seed) };
        FeatureEffect[] effects = [.. features.Select(feature => TableFile.Named(request.InputFile, () => of(rows, feature, options)))];
        return new(method == "ice" ? OfRows(effects) : OfPoints(effects), rows.RowCount, method, new { method, rows = rows.RowCount, effects });
    }

    /// <summary>A line a point, then a column an output.</summary>
    private static Table OfPoints(FeatureEffect[] effects)
    {
        (FeatureEffect Effect, EffectPoint Point)[] lines = [.. effects.SelectMany(e => e.Points.Select(p => (e, p)))];
        return new(
        [
            Names("feature", lines.Select(l => l.Effect.Feature)), Names("value", lines.Select(l => TextOf(l.Point))),
            .. effects[0].Outputs.Select((name, k) => Numbers("effect_" + name, lines.Select(l => l.Point.Effects[k]))),
        ]);
    }

    /// <summary>A line for each row and point.</summary>
    private static Table OfRows(FeatureEffect[] effects)
    {
        (string Feature, int Row, EffectPoint Point, IReadOnlyList<double> Scores)[] lines =
            [.. effects.SelectMany(e => e.Individual.SelectMany(i => e.Points.Select((p, at) => (e.Feature, i.Row + 1, p, i.Effects[at]))))];
        return new(
        [
            Names("feature", lines.Select(l => l.Feature)), Numbers("row", lines.Select(l => (double)l.Row)), Names("value", lines.Select(l => TextOf(l.Point))),
            .. effects[0].Outputs.Select((name, k) => Numbers("score_" + name, lines.Select(l => l.Scores[k]))),
        ]);
    }

    private static string TextOf(EffectPoint point) => point.Level ?? point.Value!.Value.ToString("R", CultureInfo.InvariantCulture);

    private static CategoryColumn Names(string name, IEnumerable<string> values) => CategoryColumn.From(name, values);

    private static NumberColumn Numbers(string name, IEnumerable<double> values) => new(name, [.. values]);
}
