using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Tests.Trainers;

public sealed class NumberBinsTests
{
    [Theory]
    [InlineData(100)]
    [InlineData(50_000)]
    public void Sort_AnyNumbers_AsByComparing(int count)
    {
        double[] numbers = Numbers(count, 1);
        double[] expected = [.. numbers.Order()];

        NumberSort.Sort(numbers);

        Assert.Equal(expected, numbers);
    }

    [Fact]
    public void Sort_WholeNumbersThatRepeat_AsByComparing()
    {
        double[] numbers = [.. Numbers(20_000, 2).Select(n => Math.Round(n) % 7)];
        double[] expected = [.. numbers.Order()];

        NumberSort.Sort(numbers);

        Assert.Equal(expected, numbers);
    }

    [Theory]
    [InlineData("even")]
    [InlineData("crowded")]
    [InlineData("wide")]
    [InlineData("few")]
    public void BinsOf_ValuesAtAndBesideEdges_AsOfEachAlone(string edges)
    {
        double[] limits = Edges(edges);
        var bins = new NumberBins(limits);
        double[] values =
        [
            .. limits, .. limits.Select(Math.BitIncrement), .. limits.Select(Math.BitDecrement), .. Numbers(5_000, 3),
            double.NaN, double.MinValue, double.MaxValue, 0, -0.0, double.Epsilon,
        ];
        var found = new byte[2 * values.Length];

        bins.BinsOf(values, found, 2);

        Assert.Equal(values.Select(v => double.IsNaN(v) ? limits.Length + 1 : limits.Count(e => e < v)), values.Select((_, i) => (int)found[2 * i]));
    }

    private static double[] Edges(string kind) => kind switch
    {
        "even" => [.. Enumerable.Range(0, 254).Select(i => (i - 120) * 0.37)],
        "crowded" => [.. Enumerable.Range(0, 254).Select(i => i == 253 ? 1e6 : i * 1e-9)],
        "wide" => [.. Enumerable.Range(0, 200).Select(i => Math.CopySign(Math.Pow(10, Math.Abs(i - 99.5) * 3), i - 99.5))],
        _ => [-1, 0.5],
    };

    private static double[] Numbers(int count, ulong seed)
    {
        var random = SeededRandom.Derive(seed, 0);
        return [.. Enumerable.Range(0, count).Select(i => i % 50 == 0 ? 0 : random.NextGaussian() * Math.Pow(10, random.Next(40) - 20))];
    }
}
