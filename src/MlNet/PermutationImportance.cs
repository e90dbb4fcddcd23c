using MlOps.Learning;
using MlOps.Learning.Metrics;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.MlNet;

/// <summary>
/// How much worse a model gets when one input's values are shuffled among the rows (Breiman 2001, section 10): the rise of log loss or of
/// the root mean squared error. One measure for all families, texts included, since ML.NET shows gains only of some models.
/// </summary>
internal static class PermutationImportance
{
    /// <summary>Evenly spaced training rows that it is measured on.</summary>
    public const int MostRows = 2_000;

    public static IReadOnlyList<FeatureImportance> Of(IModel model, Table training, ulong seed, CancellationToken cancellationToken)
    {
        int count = Math.Min(MostRows, training.RowCount);
        Table rows = training.Take([.. Enumerable.Range(0, count).Select(i => (int)((long)i * training.RowCount / count))]);
        double before = Loss(model, rows);
        double[] rises = [.. model.Signature.Inputs.Select((input, i) =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            return Math.Max(0, Loss(model, rows.With(Shuffled(rows[input.Name], SeededRandom.Derive(seed, (ulong)i)))) - before);
        })];
        return Shares.Of(model.Signature, rises);
    }

    private static double Loss(IModel model, Table rows)
    {
        ModelSignature signature = model.Signature;
        return ModelMetrics.Compute(model, rows, signature.Target).Find(signature.Task == LearningTask.Regression ? "rmse" : "logLoss") ?? 0;
    }

    private static Column Shuffled(Column column, SeededRandom random)
    {
        int[] order = [.. Enumerable.Range(0, column.Count)];
        random.Shuffle<int>(order);
        return column.Take(order);
    }
}
