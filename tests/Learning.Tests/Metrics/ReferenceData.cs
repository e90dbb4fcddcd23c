using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Tests.Metrics;

/// <summary>200 rows by integer formulas, so that scikit-learn 1.2.1 could be given the very same ones; its values stand in the tests.</summary>
internal static class ReferenceData
{
    public const int Rows = 200;

    public static bool[] Positive => [.. Enumerable.Range(0, Rows).Select(i => i * 37 % 101 < 40)];

    public static double[] Scores => [.. Enumerable.Range(0, Rows).Select(i =>
        ((60 * (i * 7919 % 1009) / 1009) + (Positive[i] ? 40 * (i * 104729 % 997) / 997 : 0)) / 100.0)];

    public static int[] Labels => [.. Enumerable.Range(0, Rows).Select(i => i % 7 == 0 ? 2 : i * 53 % 3)];

    public static double[] Probabilities
    {
        get
        {
            var all = new double[Rows * 3];
            for (int i = 0; i < Rows; i++)
            {
                double[] weights = [.. Enumerable.Range(0, 3).Select(c => 1.0 + (i * (31 + (c * 17)) % 13) + (Labels[i] == c ? 6 : 0))];
                for (int c = 0; c < 3; c++)
                    all[(i * 3) + c] = weights[c] / weights.Sum();
            }

            return all;
        }
    }

    public static double[] Targets => [.. Enumerable.Range(0, Rows).Select(i => i * 53 % 97 / 10.0)];

    public static double[] Predicted => [.. Enumerable.Range(0, Rows).Select(i => Targets[i] + (((i * 29 % 41) - 20) / 10.0))];

    public static Predictions Binary(params double[] scores) => new(LearningTask.Binary, ["no", "yes"], scores);

    public static CategoryColumn Truth(params string?[] texts) => CategoryColumn.From("churn", texts);
}
