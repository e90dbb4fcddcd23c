using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Tests.Trainers;

public sealed class ForestWeightTests
{
    private static readonly Table Rows = Make.Mixed(150);

    private static readonly double[] Weights = [.. Enumerable.Range(0, Rows.RowCount).Select(i => 1.0 + (i % 5))];

    /// <summary>The last unit's weights add up to 1.</summary>
    [Theory]
    [InlineData(LearningTask.Binary, 1e-50)]
    [InlineData(LearningTask.Multiclass, 1e39)]
    [InlineData(LearningTask.Regression, 1e-50)]
    [InlineData(LearningTask.Regression, 1e39)]
    [InlineData(LearningTask.Regression, 1.0 / 450)]
    public void Fit_WeightsInAnotherUnit_GivesTheSameForest(LearningTask task, double unit)
    {
        double[] plain = Fit(task, Weights).Score(Rows).Scores;
        double[] scaled = Fit(task, [.. Weights.Select(w => w * unit)]).Score(Rows).Scores;
        Assert.All(plain.Zip(scaled), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
    }

    [Theory]
    [InlineData(LearningTask.Multiclass)]
    [InlineData(LearningTask.Regression)]
    public void Fit_WeightsFarApart_LearnsFromThoseThatWeigh(LearningTask task)
    {
        IModel model = Fit(task, [.. Enumerable.Range(0, Rows.RowCount).Select(i => i % 2 == 0 ? 1e20 : 1)]);
        Assert.All(model.Score(Rows).Scores, score => Assert.True(double.IsFinite(score)));
        Assert.Equal(1, ModelFile.Read(Make.Bytes(model)).Header.Importance.Sum(i => i.Share), 1e-9);
    }

    /// <summary>A tree that drew nothing that weighs is grown from all rows: none of them is out of its bag.</summary>
    [Fact]
    public void Fit_OneRowWeighs_NoTreeIsJudgedByARowItWasGrownFrom()
    {
        double[] one = [.. Enumerable.Range(0, Rows.RowCount).Select(i => i == 7 ? 1.0 : 0)];
        Assert.DoesNotContain("oobRows", ModelFile.Read(Make.Bytes(Fit(LearningTask.Binary, one))).Header.Metadata.Keys);
    }

    private static IModel Fit(LearningTask task, double[] weights) => Make.Fit(
        "forest", Make.MixedSpec(task, ("trees", 10), ("minLeafRows", 5)) with { Weight = "w" }, new Table([.. Rows.Columns, new NumberColumn("w", weights)]));
}
