using Microsoft.ML;
using Microsoft.ML.Data;
using MlOps.Learning;
using MlOps.Learning.Trainers;

namespace MlOps.MlNet.Families;

/// <summary>
/// Probabilities for a learner that gives scores only: Platt's sigmoid (Platt 1999), fitted on rows that the learner has not seen, as
/// on its own rows it is surer than it should be. A learner fitted on four fifths scores the last fifth for the sigmoid; the one that
/// is kept is fitted on all rows. With fewer than <see cref="FewestRows"/> rows, or one class among those held out, its own rows serve.
/// </summary>
internal static class HeldOutPlatt
{
    public const int FewestRows = 100;

    private const int Folds = 5;

    public static ITransformer Fit(Fitting fitting, Func<IDataView, ITransformer> learner)
    {
        ITransformer kept = learner(fitting.Training);
        (int[] seen, int[] held) = Split(fitting);
        IDataView scored = held.Length == 0
            ? kept.Transform(fitting.Training)
            : learner(Rows(fitting, seen)).Transform(Rows(fitting, held));
        return kept.Append(fitting.Ml.BinaryClassification.Calibrators.Platt(RowView.Label).Fit(scored));
    }

    private static (int[] Seen, int[] Held) Split(Fitting fitting)
    {
        int[] order = [.. Enumerable.Range(0, fitting.Target.Length)];
        new SeededRandom((ulong)fitting.Seed).Shuffle<int>(order);
        int[] held = [.. order.Take(order.Length / Folds).Order()];
        int[] seen = [.. order.Skip(held.Length).Order()];
        return order.Length >= FewestRows && BothClasses(fitting, held) && BothClasses(fitting, seen) ? (seen, held) : (order, []);
    }

    private static bool BothClasses(Fitting fitting, int[] rows) => rows.Select(r => fitting.Target[r]).Distinct().Count() == 2;

    private static RowView Rows(Fitting fitting, int[] rows) => RowView.Of(
        new PickedFeatures(fitting.Features, rows),
        new RowLabels(LearningTask.Binary, 2, [.. rows.Select(r => fitting.Target[r])]),
        fitting.CancellationToken);

    private sealed class PickedFeatures(RowFeatures all, int[] rows) : RowFeatures(rows.Length, all.Width)
    {
        public override void Get(int row, ref VBuffer<float> vector) => all.Get(rows[row], ref vector);
    }
}
