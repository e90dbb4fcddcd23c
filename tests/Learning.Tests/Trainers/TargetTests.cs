using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Tests.Trainers;

public sealed class TargetTests
{
    [Theory]
    [InlineData(LearningTask.Binary, "chrun", "target column 'chrun' is not in the table; did you mean 'churn'? (it has: x, churn, one, three, price, holes)")]
    [InlineData(LearningTask.Binary, "one", "target 'one' has one class ('A') in 4 rows")]
    [InlineData(LearningTask.Multiclass, "one", "target 'one' has one class ('A') in 4 rows")]
    [InlineData(LearningTask.Binary, "three", "has 3 classes ('a', 'b', 'c'), the binary task needs exactly 2: use task multiclass")]
    [InlineData(LearningTask.Multiclass, "churn", "has 2 classes ('No', 'Yes'), the multiclass task needs 3 or more: use task binary")]
    [InlineData(LearningTask.Regression, "churn", "target 'churn' is Category ('No' in row 1), regression needs a number")]
    [InlineData(LearningTask.Regression, "holes", "target 'holes' is missing in 2 of 4 rows, first in row 2")]
    public void Fit_UnusableTarget_SaysWhy(LearningTask task, string target, string message)
    {
        foreach (ITrainer trainer in TrainerCatalog.Default.Trainers)
        {
            MlOpsException error = Make.FitError(trainer.Name, Make.Spec(task, target) with { Features = ["x"] }, Rows());
            Assert.Equal("training-target", error.Code);
            Assert.Contains(message, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Fit_NoRows_SaysSo() =>
        Assert.Equal("training-data", Make.FitError("gbdt", Make.Spec(LearningTask.Binary, "churn"), Rows().Take([])).Code);

    [Fact]
    public void Fit_UnknownPositiveClass_ListsBoth()
    {
        TrainingSpec spec = Make.Spec(LearningTask.Binary, "churn") with { PositiveClass = "yes" };
        Assert.Contains("positive class 'yes' does not occur in target 'churn', which has 'No' and 'Yes'", Make.FitError("linear", spec, Rows()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fit_PositiveClassGiven_IsTheSecondClassAndScore()
    {
        TrainingSpec spec = Make.Spec(LearningTask.Binary, "churn") with { Features = ["x"] };
        IModel yes = Make.Fit("linear", spec, Rows());
        IModel no = Make.Fit("linear", spec with { PositiveClass = "No" }, Rows());
        Assert.Equal(["No", "Yes"], yes.Signature.Classes);
        Assert.Equal(["Yes", "No"], no.Signature.Classes);
        Assert.Equal(1 - yes.Score(Rows()).Scores[0], no.Score(Rows()).Scores[0], 5);
    }

    [Fact]
    public void Fit_NumericClasses_AreOrderedByValue()
    {
        Table table = new([new NumberColumn("x", [1, 2, 3, 4, 5, 6]), new NumberColumn("k", [10, 9, 2, 10, 9, 2])]);
        Assert.Equal(["2", "9", "10"], Make.Fit("linear", Make.Spec(LearningTask.Multiclass, "k"), table).Signature.Classes);
    }

    [Fact]
    public void Fit_ValidationWithUnknownClass_LeavesItOut()
    {
        Table rows = Make.Mixed(300);
        Table validation = Make.Mixed(50, 2).With(CategoryColumn.From("two", Enumerable.Range(0, 50).Select(i => i == 0 ? "new" : i % 2 == 0 ? "yes" : "no")));
        IModel model = Make.Fit("gbdt", Make.MixedSpec(LearningTask.Binary, ("trees", 3)), rows, validation);
        Assert.True(ModelFile.Read(Make.Bytes(model)).Header.Metadata.ContainsKey("validationLoss"));
    }

    private static Table Rows() => new(
    [
        new NumberColumn("x", [1, 2, 3, 4]),
        CategoryColumn.From("churn", ["No", "Yes", "No", "Yes"]),
        CategoryColumn.From("one", ["A", "A", "A", "A"]),
        CategoryColumn.From("three", ["a", "b", "c", "a"]),
        new NumberColumn("price", [1, 2, 3, 4]),
        new NumberColumn("holes", [1, double.NaN, double.NaN, 4]),
    ]);
}
