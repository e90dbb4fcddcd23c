using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Serving;

/// <summary>
/// Infinity as a number of a request: the largest double, and minus infinity the least. Trees decide alike by it, and log, drift and
/// training data stay finite. A model that adds up may have no finite answer to it; that is no fault of the version.
/// </summary>
internal static class InfiniteInput
{
    public static double Largest(double number) => Math.Clamp(number, double.MinValue, double.MaxValue);

    /// <param name="isCsv">Also as data frames write it.</param>
    public static bool TryRead(string text, bool isCsv, out double number)
    {
        number = text switch
        {
            "Infinity" => double.MaxValue,
            "-Infinity" => double.MinValue,
            "inf" or "+inf" or "+Infinity" when isCsv => double.MaxValue,
            "-inf" when isCsv => double.MinValue,
            _ => 0,
        };
        return number != 0;
    }

    /// <summary>
    /// What to tell who sent an infinite value that the model could not score. Null where there is none, and where the model fails as well with
    /// zero in its place: then it is the model's fault.
    /// </summary>
    /// <param name="numbers">The rows one behind the other, where there is no <paramref name="table"/>.</param>
    public static MlOpsException? Find(IModel model, Table? table, ReadOnlySpan<double> numbers)
    {
        IReadOnlyList<FeatureSignature> inputs = model.Signature.Inputs;
        for (int feature = 0; feature < inputs.Count; feature++)
        {
            if (inputs[feature].Type != ColumnType.Number)
                continue;
            int row = table is null ? RowOf(numbers, feature, inputs.Count) : RowOf(((NumberColumn)table[inputs[feature].Name]).Values, 0, 1);
            if (row >= 0)
                return ScoresOtherwise(model, table, numbers) ? Infinite(row, inputs[feature].Name) : null;
        }

        return null;
    }

    private static MlOpsException Infinite(int row, string feature) =>
        MlOpsException.Invalid("feature-infinite", $"row {row}: feature '{feature}' is infinite, and for that the model gives no finite number; give a finite one");

    /// <summary>Whether the model answers the same rows with zero for every infinite value.</summary>
    private static bool ScoresOtherwise(IModel model, Table? table, ReadOnlySpan<double> numbers)
    {
        try
        {
            if (table is not null)
            {
                ScoreCheck.Finite(model.Score(new Table([.. table.Columns.Select(WithoutInfinity)], table.RowCount)));
                return true;
            }

            var scorer = (IRowScorer)model;
            double[] rows = WithoutInfinity(numbers);
            var scores = new double[rows.Length / scorer.InputCount * scorer.ScoreCount];
            scorer.ScoreRows(rows, scores);
            return Array.TrueForAll(scores, double.IsFinite);
        }
        catch (Exception)
        {
            // Whatever it is, the infinite value is not what it comes from.
            return false;
        }
    }

    private static Column WithoutInfinity(Column column) => column is NumberColumn numbers ? new NumberColumn(numbers.Name, WithoutInfinity(numbers.Values)) : column;

    private static double[] WithoutInfinity(ReadOnlySpan<double> numbers)
    {
        double[] finite = numbers.ToArray();
        foreach (ref double number in finite.AsSpan())
            number = Math.Abs(number) == double.MaxValue ? 0 : number;
        return finite;
    }

    private static int RowOf(ReadOnlySpan<double> numbers, int first, int step)
    {
        for (int cell = first; cell < numbers.Length; cell += step)
        {
            if (Math.Abs(numbers[cell]) == double.MaxValue)
                return cell / step;
        }

        return -1;
    }
}
