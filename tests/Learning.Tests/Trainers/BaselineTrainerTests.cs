using MlOps.Learning.Explaining;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Tests.Trainers;

public sealed class BaselineTrainerTests
{
    private static readonly Table Rows = new(
    [
        new NumberColumn("x", [1, 2, 3, 4]), new NumberColumn("w", [1, 1, 1, 5]),
        CategoryColumn.From("two", ["a", "a", "a", "b"]), CategoryColumn.From("three", ["a", "b", "c", "c"]), new NumberColumn("y", [1, 2, 3, 10]),
    ]);

    [Theory]
    [InlineData(LearningTask.Binary, "two", "constant", null, new[] { 0.25 })]
    [InlineData(LearningTask.Binary, "two", "constant", "w", new[] { 0.625 })]
    [InlineData(LearningTask.Multiclass, "three", "constant", null, new[] { 0.25, 0.25, 0.5 })]
    [InlineData(LearningTask.Regression, "y", "constant", null, new[] { 4.0 })]
    [InlineData(LearningTask.Regression, "y", "constant", "w", new[] { 7.0 })]
    [InlineData(LearningTask.Regression, "y", "median", null, new[] { 2.5 })]
    [InlineData(LearningTask.Regression, "y", "median", "w", new[] { 10.0 })]
    public void Fit_Constant_AnswersTheSameForEveryRow(LearningTask task, string target, string answer, string? weight, double[] expected)
    {
        IModel model = Make.Fit("baseline", Make.Spec(task, target, ("answer", answer)) with { Features = ["x"], Weight = weight }, Rows);
        Assert.Equal([.. expected, .. expected], model.Score(Rows.Take([0, 3])).Scores);
        Contributions explained = ModelExplainer.Of(model).Explain(Rows, CancellationToken.None);
        Assert.Equal(expected, explained.Base.ToArray());
        Assert.Equal([0.0], explained.Of(2, 0).ToArray());
        Assert.Equal([new FeatureImportance("x", 0)], model.Importance);
    }

    [Fact]
    public void Fit_MedianOfClasses_IsRefused()
    {
        MlOpsException error = Make.FitError("baseline", Make.Spec(LearningTask.Binary, "two", ("answer", "median")), Rows);
        Assert.Contains("answer = median needs task regression, the task is Binary: use constant or stump", error.Message, StringComparison.Ordinal);
    }
}
