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

    /// <summary>What to tell who sent an infinite value that the model could not score; null where there is none, so that it is the model's fault.</summary>
    /// <param name="numbers">The rows one behind the other, where there is no <paramref name="table"/>.</param>
    public static MlOpsException? Find(ModelSignature signature, Table? table, ReadOnlySpan<double> numbers)
    {
        IReadOnlyList<FeatureSignature> inputs = signature.Inputs;
        for (int feature = 0; feature < inputs.Count; feature++)
        {
            if (inputs[feature].Type != ColumnType.Number)
                continue;
            int row = table is null ? RowOf(numbers, feature, inputs.Count) : RowOf(((NumberColumn)table[inputs[feature].Name]).Values, 0, 1);
            if (row >= 0)
                return MlOpsException.Invalid("feature-infinite", $"row {row}: feature '{inputs[feature].Name}' is infinite, and for that the model gives no finite number; give a finite one");
        }

        return null;
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
