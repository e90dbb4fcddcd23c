using System.Runtime.InteropServices;
using MlOps.Learning.Tables;

namespace MlOps.Learning.Statistics;

/// <summary>Compares the level shares of two columns of categories, booleans or texts.</summary>
internal static class LevelDrift
{
    private const int Named = 10;

    public static ColumnDrift Compare(ColumnDrift bare, Column reference, Column current)
    {
        Dictionary<string, long> a = Count(reference), b = Count(current);
        string[] levels = [.. a.Keys.Union(b.Keys).Order(StringComparer.Ordinal)];
        long[] countsA = [.. levels.Select(level => a.GetValueOrDefault(level))];
        long[] countsB = [.. levels.Select(level => b.GetValueOrDefault(level))];
        (long[] pooledA, long[] pooledB) = ChiSquare.PoolRare(countsA, countsB);
        ChiSquareResult test = ChiSquare.Homogeneity(pooledA, pooledB);
        double? unseen = UnseenLevels.PValue(countsA, countsB);
        return bare with
        {
            Test = "chisquare",
            Statistic = test.Statistic,
            PValue = unseen is { } p ? Math.Min(1, 2 * Math.Min(p, test.PValue)) : test.PValue,
            Effect = TotalVariation(countsA, countsB),
            Psi = PopulationStability.Of(countsA, countsB),
            NewLevelShare = (double)b.Where(level => !a.ContainsKey(level.Key)).Sum(level => level.Value) / bare.Current.Used,
            NewLevels = OnlyIn(b, a),
            LostLevels = OnlyIn(a, b),
        };
    }

    private static double TotalVariation(long[] a, long[] b)
    {
        double n = a.Sum(), m = b.Sum();
        return a.Zip(b, (x, y) => Math.Abs((x / n) - (y / m))).Sum() / 2;
    }

    private static string[] OnlyIn(Dictionary<string, long> here, Dictionary<string, long> there) =>
        [.. here.Where(level => !there.ContainsKey(level.Key)).OrderByDescending(level => level.Value).ThenBy(level => level.Key, StringComparer.Ordinal).Take(Named).Select(level => level.Key)];

    private static Dictionary<string, long> Count(Column column) => column is CategoryColumn category ? CountCodes(category) : CountTexts(column);

    // Without this a million rows would cost a million hash look-ups.
    private static Dictionary<string, long> CountCodes(CategoryColumn column)
    {
        var counts = new long[column.Levels.Count];
        foreach (int code in column.Codes)
        {
            if (code >= 0)
                counts[code]++;
        }

        return column.Levels.Zip(counts).Where(level => level.Second > 0).ToDictionary(level => level.First, level => level.Second, StringComparer.Ordinal);
    }

    private static Dictionary<string, long> CountTexts(Column column)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        for (int row = 0; row < column.Count; row++)
        {
            if (column.Format(row) is { } text)
                CollectionsMarshal.GetValueRefOrAddDefault(counts, text, out _)++;
        }

        return counts;
    }
}
