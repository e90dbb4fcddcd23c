using MlOps.Learning.Encoders;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Tests.Trainers;

public sealed class RowWeightTests
{
    private static readonly TrainingSpec Spec = Make.Spec(LearningTask.Regression, "y") with { Weight = "w" };

    [Fact]
    public void From_WeightColumn_IsNoFeature()
    {
        TrainingSet set = TrainingSet.From(Spec, Rows([1, 0, 2.5]));
        Assert.Equal(["x"], set.Signature.Inputs.Select(i => i.Name));
        Assert.Equal([1, 0, 2.5], set.Weights!);
    }

    [Theory]
    [InlineData(double.NaN, "weight column 'w' is missing in row 2, a weight is a finite number of 0 or more")]
    [InlineData(-1.5, "weight column 'w' is -1.5 in row 2")]
    [InlineData(double.PositiveInfinity, "weight column 'w' is Infinity in row 2")]
    [InlineData(0, "the weights in column 'w' sum to 0 over 3 rows")]
    public void From_ValueThatIsNoWeight_SaysWhere(double weight, string message) => AssertRefused(Spec, Rows([0, weight, 0]), message);

    [Fact]
    public void From_UnusableColumn_SaysWhy()
    {
        AssertRefused(Spec with { Weight = "v" }, Rows([1, 1, 1]), "weight column 'v' is not in the table");
        AssertRefused(Spec with { Weight = "y" }, Rows([1, 1, 1]), "weight column 'y' is the target");
        AssertRefused(Spec with { Features = ["x", "w"] }, Rows([1, 1, 1]), "'w' is the weight of the rows and cannot be a feature too");
        AssertRefused(Spec, Rows([1, 1, 1]).With(CategoryColumn.From("w", ["a", "b", "c"])), "weight column 'w' is Category, weights are numbers");
    }

    private static void AssertRefused(TrainingSpec spec, Table rows, string message) =>
        Assert.Contains(message, Assert.Throws<MlOpsException>(() => TrainingSet.From(spec, rows)).Message, StringComparison.Ordinal);

    private static Table Rows(double[] weights) => new([new NumberColumn("x", [1, 2, 3]), new NumberColumn("w", weights), new NumberColumn("y", [1, 2, 4])]);
}
