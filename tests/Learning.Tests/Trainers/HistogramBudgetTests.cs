using MlOps.Learning.Encoders;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Tests.Trainers;

/// <summary>The histograms of the nodes that wait for their split stay within a budget, however many leaves a tree may have.</summary>
public sealed class HistogramBudgetTests
{
    private const int Rows = 4_000;

    [Theory]
    [InlineData("leaves=200 depth=0")]
    [InlineData("depth=9")]
    public void Grow_SmallBudget_GivesTheSameTreeInLessMemory(string parameters)
    {
        GrowerData data = Data(parameters);
        long histogram = data.Layout.Slots * 16L;
        (Node roomy, long much) = Grow(data, long.MaxValue);
        (Node tight, long little) = Grow(data, 8 * histogram);

        Assert.True(roomy.Leaves().Count > 150);
        Assert.Equal(Shape(roomy), Shape(tight));
        Assert.True(much > 100 * histogram, $"{much / histogram} histograms");
        // What nodes keep, what those being divided get, and the lists of the tree itself.
        Assert.InRange(little, 0, 24 * histogram);
    }

    private static (Node Tree, long Bytes) Grow(GrowerData data, long budget)
    {
        var grower = new TreeGrower(data, budget);
        var random = new SeededRandom(5);
        GradientPair[] gradients = [.. Enumerable.Range(0, Rows).Select(_ => new GradientPair((float)random.NextGaussian(), 1))];
        var sizes = new GradientSizes();
        sizes.Add(gradients);
        GradientScale scale = GradientSizes.Scale([sizes], Rows);
        long[] packed = new long[Rows];
        var heavy = new HeavyRows([.. GradientPacking.Pack(gradients, packed, scale, 1, 0)]);
        var task = new TreeTask([.. Enumerable.Range(0, Rows)], [.. Enumerable.Range(0, data.Features.Length)], packed, 0, scale.Units, heavy, 1, new SeededRandom(7));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Node tree = grower.Grow(task, new Workers(1, CancellationToken.None));
        return (tree, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static string[] Shape(Node root) => [.. root.Leaves().Select(l => $"{l.Depth}:{l.Start}+{l.Count}")];

    private static GrowerData Data(string parameters)
    {
        var random = new SeededRandom(3);
        Table table = new([.. Enumerable.Range(0, 40).Select(f => new NumberColumn($"f{f}", [.. Enumerable.Range(0, Rows).Select(_ => random.NextGaussian())]))]);
        FeatureSignature[] signature = [.. table.ColumnNames.Select(n => new FeatureSignature(n, ColumnType.Number, false))];
        BoundInputs inputs = new InputBinder(signature).Bind(table);
        var workers = new Workers(1, CancellationToken.None);
        FeatureBins[] bins = BinFitter.Fit(inputs, signature, 255, 1, workers);
        var options = GbdtOptions.From(TrainerParameters.Parse(
            new GbdtTrainer(), parameters.Split(' ').Select(p => p.Split('=')).ToDictionary(p => p[0], p => p[1])));
        return new GrowerData(BinnedTable.From(inputs, bins, workers), bins, new HistogramLayout(bins), options);
    }
}
