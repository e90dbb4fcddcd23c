using MlOps.Domain.Experiments;
using MlOps.Domain.Training;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Training;

public sealed class LearnedRowsTests : TrainingTest
{
    private static readonly Table Before = Rows([1, 2, 3, 4], ["a", "b", "a", "b"]);

    private TrainingHistory History => new(Datasets, Tracker);

    [Fact]
    public void NotAmong_RowsInAnotherOrderWithAFurtherColumn_AreRecognised()
    {
        Table now = Rows([9, 4, 3, 2, 1], ["a", "b", "a", "b", "a"]).With(new NumberColumn("more", [1, 2, 3, 4, 5]));

        Assert.Equal([0, 1], new LearnedRows(Before, [0, 1, 2]).NotAmong(now, [0, 1, 2, 3, 4], ["x", "y"]));
    }

    [Fact]
    public void NotAmong_EqualRows_CountOneForOne()
    {
        Table before = Rows([1, 1, 1], ["a", "a", "a"]), now = Rows([1, 1, 1, 1, 1], ["a", "a", "a", "a", "a"]);

        Assert.Equal([1, 3, 4], new LearnedRows(before, [0, 2]).NotAmong(now, [0, 1, 2, 3, 4], ["x", "y"]));
    }

    [Fact]
    public void NotAmong_AColumnOfAnotherType_CountsEveryMatchOfTheOthersAsKnown()
    {
        Table now = new([CategoryColumn.From("x", ["7", "8", "9"]), CategoryColumn.From("y", ["a", "b", "c"])]);

        Assert.Equal([1, 2], new LearnedRows(Before, [0, 2]).NotAmong(now, [0, 1, 2], ["x", "y"]));
    }

    [Fact]
    public void NotAmong_NothingInCommon_NamesNoRowAsNew() =>
        Assert.Empty(new LearnedRows(Before, [0]).NotAmong(Rows([5], ["a"]).Select(["y"]), [0], ["x"]));

    [Fact]
    public async Task LearnedRows_OfAFinishedTraining_AreThoseItWasTrainedAndChosenBy()
    {
        await Trainer().TrainAsync(Job(), null, None);
        await AddTelcoAsync(700);

        LearnedRows learned = await History.LearnedRowsAsync("run-1", None);

        DataSplit split = DataSplitter.Split(learned.Table, new SplitSpec(), "churn", LearningTask.Binary);
        Assert.Equal((600, split.Known.Order()), (learned.Table.RowCount, learned.Rows.Order()), (a, b) => a.Item1 == b.Item1 && a.Item2.SequenceEqual(b.Item2));
    }

    [Theory]
    [InlineData("split.test", "0.2", "rows.train", "419", "by a version of this program that did it otherwise")]
    [InlineData("split.test", "0.2", "split.digest", "other", "by a version of this program that did it otherwise")]
    [InlineData("split.test", "a fifth", "rows.train", "420", "has params that this program did not write")]
    [InlineData("author", "ann", "split.train", "0.2", "does not say which rows it was trained on")]
    public async Task LearnedRows_OfARunThatCannotBeRebuilt_SaysWhy(string name, string value, string other, string otherValue, string expected)
    {
        var values = new Dictionary<string, string> { ["target"] = "churn", ["task"] = "binary", ["split.validation"] = "0.1", ["split.seed"] = "42", [name] = value, [other] = otherValue };
        await Tracker.StartRunAsync(new RunStart("foreign", "churn", "foreign", new RunLineage("telco@1"), new Dictionary<string, string>()), None);
        await Tracker.LogParamsAsync("foreign", values, None);

        var error = await Assert.ThrowsAsync<MlOpsException>(() => History.LearnedRowsAsync("foreign", None));

        Assert.Equal("split-unknown", error.Code);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SameSplit_OnlyForTheSameDataAndDivision_IsTrue()
    {
        await Trainer().TrainAsync(Job("a"), null, None);
        await Trainer().TrainAsync(Job("b"), null, None);
        await Trainer().TrainAsync(Job("c") with { Split = new SplitSpec(Seed: 7) }, null, None);

        Assert.True(await History.SameSplitAsync("a", "b", None));
        Assert.False(await History.SameSplitAsync("a", "c", None));
    }

    private static Table Rows(double[] x, string[] y) => new([new NumberColumn("x", x), CategoryColumn.From("y", y)]);
}
