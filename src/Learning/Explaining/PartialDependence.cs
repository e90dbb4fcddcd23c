using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Explaining;

/// <summary>
/// Partial dependence (Friedman 2001) of any model: the mean score over the rows when one input is set to each of its values in turn; and, for
/// single rows, individual conditional expectation (Goldstein et al. 2015). Where inputs go together it asks for rows that do not exist:
/// <see cref="AccumulatedEffects"/> does not.
/// </summary>
public static class PartialDependence
{
    /// <exception cref="MlOpsException">Invalid <c>explain-feature</c>, <c>explain-effect</c>; as of <see cref="IModel.Score"/>.</exception>
    public static FeatureEffect Of(IModel model, Table rows, string feature, EffectOptions options, IProgress<ExplainProgress>? progress, CancellationToken cancellationToken)
    {
        var input = new EffectInput(model, rows, feature, options);
        double[] values = input.Input.Levels is { } levels ? [.. Enumerable.Range(0, levels.Count).Select(i => (double)i)] : input.Grid(options.Points);
        int[] singles = options.Individual >= input.Rows.RowCount ? [.. Enumerable.Range(0, input.Rows.RowCount)] : SeededRandom.Derive(options.Seed, 1).Sample(input.Rows.RowCount, options.Individual);
        var points = new List<EffectPoint>();
        List<IReadOnlyList<double>>[] curves = [.. singles.Select(_ => new List<IReadOnlyList<double>>())];
        int outputs = input.OutputNames.Count;
        foreach (double value in values)
        {
            cancellationToken.ThrowIfCancellationRequested();
            double[] scores = input.ScoreAt(input.Rows, value);
            points.Add(input.Point(value, input.Means(scores)));
            for (int i = 0; i < singles.Length; i++)
                curves[i].Add(scores[(singles[i] * outputs)..((singles[i] + 1) * outputs)]);
            progress?.Report(new(points.Count, values.Length));
        }

        return new(feature, "pdp", input.OutputNames, points) { Individual = [.. singles.Select((row, i) => new IndividualEffect(input.RowNumbers[row], curves[i]))] };
    }
}
