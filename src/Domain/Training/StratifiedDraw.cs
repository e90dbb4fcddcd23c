using MlOps.Learning;
using MlOps.Learning.Tables;

namespace MlOps.Domain.Training;

/// <summary>
/// Division within strata in an order drawn from the seed and the rows' identities (<see cref="RowIdentity"/>), so that nearly every row
/// keeps its part when rows are added. The parts have their exact size over all rows; each stratum gives its share, rounded by largest
/// remainder, and keeps at least one row for training, so that a class of few rows is never lost to the model.
/// </summary>
internal sealed class StratifiedDraw(IReadOnlyList<int[]> strata, ulong[] identities)
{
    public DataSplit Split(SplitSpec spec)
    {
        int rows = strata.Sum(stratum => stratum.Length);
        Queue<int>[] shuffled = Shuffle(strata, spec.Seed);
        int[] test = Draw(shuffled, Size(rows, spec.Test));
        int[] validation = Draw(shuffled, Size(rows, spec.Validation));
        return new DataSplit(Rest(shuffled), validation, test);
    }

    public IReadOnlyList<DataSplit> Folds(SplitSpec spec)
    {
        // Rows are dealt round robin from stratum to stratum, so that folds differ by one row at most, in all and per stratum.
        var foldOf = new Dictionary<int, int>();
        foreach (Queue<int> stratum in Shuffle(strata, spec.Seed))
        {
            foreach (int row in stratum)
                foldOf[row] = foldOf.Count % spec.Folds;
        }

        return [.. Enumerable.Range(0, spec.Folds).Select(fold => Fold(spec, foldOf, fold))];
    }

    private DataSplit Fold(SplitSpec spec, Dictionary<int, int> foldOf, int fold)
    {
        int[] test = [.. foldOf.Where(row => row.Value == fold).Select(row => row.Key).Order()];
        int[][] others = [.. strata.Select(stratum => stratum.Where(row => foldOf[row] != fold).ToArray())];
        Queue<int>[] shuffled = Shuffle(others, spec.Seed + (ulong)fold + 1);
        int[] validation = Draw(shuffled, Size(foldOf.Count - test.Length, spec.Validation));
        return new DataSplit(Rest(shuffled), validation, test);
    }

    private Queue<int>[] Shuffle(IReadOnlyList<int[]> groups, ulong seed)
    {
        ulong salt = SplitMix64.Scramble(seed + 1);
        return [.. groups.Select(group => new Queue<int>(group.OrderBy(row => SplitMix64.Scramble(identities[row] ^ salt)).ThenBy(row => row)))];
    }

    private static int Size(int rows, double share) => share == 0 ? 0 : Math.Max(1, (int)Math.Round(rows * share, MidpointRounding.AwayFromZero));

    private static int[] Draw(Queue<int>[] groups, int total)
    {
        int[] take = Allocate([.. groups.Select(stratum => stratum.Count)], total);
        var drawn = new List<int>(total);
        for (int s = 0; s < groups.Length; s++)
        {
            for (int i = 0; i < take[s]; i++)
                drawn.Add(groups[s].Dequeue());
        }

        return [.. drawn.Order()];
    }

    /// <summary>How many rows each stratum gives: its proportion of <paramref name="total"/>, the remainders to the largest fractions, never its last row.</summary>
    internal static int[] Allocate(int[] sizes, int total)
    {
        double all = Math.Max(1, sizes.Sum());
        double[] wanted = [.. sizes.Select(size => size * (total / all))];
        int[] take = [.. sizes.Zip(wanted, (size, want) => Math.Max(0, Math.Min((int)want, size - 1)))];
        int[] order = [.. Enumerable.Range(0, sizes.Length).OrderByDescending(s => wanted[s] - take[s]).ThenBy(s => s)];
        int left = total - take.Sum();
        for (bool given = true; given && left > 0;)
        {
            given = false;
            foreach (int s in order.Where(s => take[s] < sizes[s] - 1))
            {
                if (left == 0)
                    break;
                take[s]++;
                left--;
                given = true;
            }
        }

        return take;
    }

    private static int[] Rest(Queue<int>[] groups) => [.. groups.SelectMany(stratum => stratum).Order()];
}
