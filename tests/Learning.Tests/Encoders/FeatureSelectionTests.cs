using MlOps.Learning.Tables;
using MlOps.Learning.Tests.Trainers;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Tests.Encoders;

public sealed class FeatureSelectionTests
{
    private static readonly Table Rows = new(
    [
        new NumberColumn("x", [1, 2, double.NaN]),
        new NumberColumn("constant", [1, 1, 1]),
        new NumberColumn("infinite", [1, double.NegativeInfinity, 2]),
        new TextColumn("note", ["a", "b", "c"]),
        new NumberColumn("y", [1, 2, 3]),
    ]);

    [Fact]
    public void Fit_UnusableFeatures_NamesThemAll()
    {
        MlOpsException error = Fit("xx", "x", "x", "note", "infinite", "y");
        Assert.Equal("training-features", error.Code);
        Assert.Contains("'x' is listed more than once", error.Message, StringComparison.Ordinal);
        Assert.Contains("column 'xx' is not in the table; did you mean 'x'? (it has: x, constant, infinite, note, y)", error.Message, StringComparison.Ordinal);
        Assert.Contains("column 'note' is text: declare it as category, or leave it out", error.Message, StringComparison.Ordinal);
        Assert.Contains("column 'infinite' is infinite in row 2", error.Message, StringComparison.Ordinal);
        Assert.Contains("'y' is the target and cannot be a feature too", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fit_OnlyConstants_SaysThereIsNothingToLearn() =>
        Assert.Contains("none of the 1 feature columns has two different values", Fit("constant").Message, StringComparison.Ordinal);

    [Fact]
    public void Fit_DefaultFeatures_RefusesTextAmongThem() =>
        Assert.Contains("column 'note' is text", Fit().Message, StringComparison.Ordinal);

    private static MlOpsException Fit(params string[] features) =>
        Make.FitError("gbdt", Make.Spec(LearningTask.Regression, "y") with { Features = features }, Rows);
}
