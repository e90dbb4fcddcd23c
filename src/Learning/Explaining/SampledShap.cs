using MlOps.Learning.Encoders;

namespace MlOps.Learning.Explaining;

/// <summary>
/// Sampled Shapley values of any function of the inputs (Strumbelj and Kononenko 2014), interventional as <see cref="InterventionalTreeShap"/>:
/// unknown inputs are those of a background row. The inputs of a background row are set to the row's own one after the other, in a random
/// order and in the reverse of it (antithetic pairs, Mitchell et al. 2022), and each gets what its step changed. Every background row is used
/// equally often, so that base and contributions add up to the score; functions of one or two inputs, and sums of such, are exact.
/// </summary>
internal sealed class SampledShap
{
    /// <summary>Orders at least, each with its reverse: few background rows are gone through again.</summary>
    private const int LeastOrders = 128;

    private const ulong Seed = 42;

    /// <summary>Rows that are scored in one call.</summary>
    private const int MostRows = 4096;

    private readonly BlockScorer _score;
    private readonly int _inputs;
    private readonly double[] _background;
    private readonly int[][] _orders;

    /// <param name="background">Rows one behind the other; at least one.</param>
    public SampledShap(BlockScorer score, int inputs, int outputs, double[] background)
    {
        (_score, _inputs, _background) = (score, inputs, background);
        int rows = background.Length / inputs;
        _orders = [.. Enumerable.Range(0, rows * ((LeastOrders + rows - 1) / rows)).Select(Order)];
        var scores = new double[rows * outputs];
        score(background, scores);
        Base = new double[outputs];
        for (int i = 0; i < scores.Length; i++)
            Base[i % outputs] += scores[i] / rows;
    }

    /// <summary>Mean score of the background per output.</summary>
    public double[] Base { get; }

    /// <summary>Adds the contributions of rows one behind the other, each outputs x inputs.</summary>
    public void Explain(ReadOnlySpan<double> rows, Span<double> contributions)
    {
        int steps = 2 * (_inputs + 1);
        int most = Math.Clamp(MostRows / steps, 1, _orders.Length);
        var mixed = new double[most * steps * _inputs];
        var scores = new double[most * steps * Base.Length];
        int cells = Base.Length * _inputs;
        for (int row = 0; row * _inputs < rows.Length; row++)
        {
            ReadOnlySpan<double> own = rows.Slice(row * _inputs, _inputs);
            for (int from = 0; from < _orders.Length; from += most)
            {
                int count = Math.Min(most, _orders.Length - from);
                for (int i = 0; i < count; i++)
                    Mix(own, from + i, mixed.AsSpan(i * steps * _inputs, steps * _inputs));
                _score(mixed.AsSpan(0, count * steps * _inputs), scores.AsSpan(0, count * steps * Base.Length));
                for (int i = 0; i < count; i++)
                    Give(_orders[from + i], scores.AsSpan(i * steps * Base.Length, steps * Base.Length), contributions.Slice(row * cells, cells));
            }
        }
    }

    /// <summary>From the background row to the row itself, an input a step, and so again in the reverse order.</summary>
    private void Mix(ReadOnlySpan<double> own, int number, Span<double> mixed)
    {
        ReadOnlySpan<double> other = _background.AsSpan(number * _inputs % _background.Length, _inputs);
        int[] order = _orders[number];
        for (int way = 0; way < 2; way++)
        {
            Span<double> at = mixed.Slice(way * (_inputs + 1) * _inputs, (_inputs + 1) * _inputs);
            other.CopyTo(at);
            for (int step = 0; step < _inputs; step++)
            {
                Span<double> next = at.Slice((step + 1) * _inputs, _inputs);
                at.Slice(step * _inputs, _inputs).CopyTo(next);
                int input = InputOf(order, way, step);
                next[input] = own[input];
            }
        }
    }

    private void Give(int[] order, ReadOnlySpan<double> scores, Span<double> contributions)
    {
        double share = 0.5 / _orders.Length;
        for (int way = 0; way < 2; way++)
        {
            for (int step = 0; step < _inputs; step++)
            {
                int at = ((way * (_inputs + 1)) + step) * Base.Length, input = InputOf(order, way, step);
                for (int k = 0; k < Base.Length; k++)
                    contributions[(k * _inputs) + input] += share * (scores[at + Base.Length + k] - scores[at + k]);
            }
        }
    }

    private int InputOf(int[] order, int way, int step) => order[way == 0 ? step : _inputs - 1 - step];

    private int[] Order(int number)
    {
        int[] order = [.. Enumerable.Range(0, _inputs)];
        SeededRandom.Derive(Seed, (ulong)number).Shuffle<int>(order);
        return order;
    }
}
