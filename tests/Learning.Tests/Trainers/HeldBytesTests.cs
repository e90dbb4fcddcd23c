using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Boosting;
using MlOps.Learning.Trainers.Linear;

namespace MlOps.Learning.Tests.Trainers;

/// <summary>What a model says that it holds is what the collector finds; alone, since the collector counts the whole process.</summary>
[Collection(Name)]
public sealed class HeldBytesTests
{
    public const string Name = "memory of the process";

    private const int Levels = 40_000;

    [Theory]
    [InlineData("trees of numbers")]
    [InlineData("trees of levels")]
    [InlineData("linear of levels")]
    [InlineData("linear of numbers")]
    public void HeldBytes_OfALoadedModel_AreThoseOfTheHeap(string kind)
    {
        byte[] file = Make.Bytes(Model(kind));
        ModelFile.Load(file);

        double[] ratios = [.. Enumerable.Range(0, 3).Select(_ => Ratio(file))];

        Assert.Contains(ratios, ratio => ratio is > 0.97 and < 1.03);
    }

    private static double Ratio(byte[] file)
    {
        long before = Heap();
        IModel model = ModelFile.Load(file);
        long held = Heap() - before;
        double ratio = model.HeldBytes!.Value / (double)held;
        GC.KeepAlive(model);
        return ratio;
    }

    private static long Heap()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return GC.GetTotalMemory(forceFullCollection: false);
    }

    private static IModel Model(string kind) => kind switch
    {
        "trees of numbers" => new TreeModel(Header("trees", Numbers(20)), Trees(200_000)),
        "trees of levels" => new TreeModel(Header("trees", Categories(Levels)), Trees(10_000)),
        "linear of levels" => new LinearModel(Header("linear", Categories(Levels)), Weights(1, Levels)),
        _ => new LinearModel(Header("linear", Numbers(20_000)), Weights(20_000, 0)),
    };

    private static ModelHeader Header(string kind, FeatureSignature[] inputs) => new(
        kind, "test", new ModelSignature(LearningTask.Binary, "y", inputs, ["no", "yes"]),
        new Dictionary<string, double> { ["trees"] = 7 }, new Dictionary<string, double> { ["rows"] = 3 }, [.. inputs.Take(50).Select(i => new FeatureImportance(i.Name, 0.02))]);

    private static FeatureSignature[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(i => new FeatureSignature($"feature {i}", ColumnType.Number, false))];

    private static FeatureSignature[] Categories(int levels) => [new("city", ColumnType.Category, false, [.. Enumerable.Range(0, levels).Select(i => $"the city of number {i}")])];

    private static TreeEnsemble Trees(int nodes) => new(new TreeNode[nodes], [0], [0], [0.5], new float[nodes], new float[nodes]);

    private static LinearWeights Weights(int numbers, int levels) => new(
        new LinearEncoding(
            new double[numbers], new double[numbers], levels > 0 ? [-1] : [.. Enumerable.Range(0, numbers)], [.. Enumerable.Repeat(-1, numbers)],
            levels > 0 ? [0] : [.. Enumerable.Repeat(-1, numbers)], levels > 0 ? 0 : numbers, levels > 0 ? levels : numbers),
        new double[levels > 0 ? levels : numbers],
        [0.1]);
}

[CollectionDefinition(HeldBytesTests.Name, DisableParallelization = true)]
public sealed class MemoryOfTheProcess;
