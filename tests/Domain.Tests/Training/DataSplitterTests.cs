using FsCheck;
using FsCheck.Fluent;
using MlOps.Domain.Training;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Training;

public class DataSplitterTests
{
    private static readonly SplitSpec Default = new();

    [Fact]
    public void Split_Classification_KeepsTheSharesOfTheClasses()
    {
        Table table = Classes(1000, row => row % 10 == 0 ? "rare" : "common");
        DataSplit split = DataSplitter.Split(table, Default, "y", LearningTask.Binary);
        Assert.Equal((700, 100, 200), (split.Train.Length, split.Validation.Length, split.Test.Length));
        Assert.Equal((70, 10, 20), (Rare(table, split.Train), Rare(table, split.Validation), Rare(table, split.Test)));
    }

    [Fact]
    public void Split_SameSeed_IsTheSameAndAnotherSeedIsNot()
    {
        Table table = Classes(200, row => row % 2 == 0 ? "a" : "b");
        DataSplit first = DataSplitter.Split(table, Default, "y", LearningTask.Binary), again = DataSplitter.Split(table, Default, "y", LearningTask.Binary);
        Assert.Equal(first.Test, again.Test);
        Assert.Equal(first.Train, again.Train);
        Assert.NotEqual(first.Test, DataSplitter.Split(table, Default with { Seed = 43 }, "y", LearningTask.Binary).Test);
    }

    [Fact]
    public void Split_OfAGrownTable_LetsHardlyAnyTrainingRowBecomeATestRow()
    {
        Table grown = Classes(1200, row => row % 3 == 0 ? "a" : "b"), before = grown.Take([.. Enumerable.Range(0, 1000)]);
        DataSplit old = DataSplitter.Split(before, Default, "y", LearningTask.Binary), now = DataSplitter.Split(grown, Default, "y", LearningTask.Binary);

        Assert.InRange(now.Test.Intersect(old.Train).Count(), 0, 20);
        Assert.InRange(now.Test.Intersect(old.Test).Count(), 150, 200);
    }

    [Fact]
    public void Split_ClassOfOneRow_IsKeptForTraining()
    {
        Table table = Classes(50, row => row == 17 ? "single" : "many");
        for (ulong seed = 0; seed < 20; seed++)
            Assert.Contains(17, DataSplitter.Split(table, Default with { Seed = seed }, "y", LearningTask.Multiclass).Train);
    }

    [Fact]
    public void Split_OnlySingletonClasses_IsAnErrorThatSaysWhy()
    {
        var error = Assert.Throws<MlOpsException>(() => DataSplitter.Split(Classes(5, row => $"c{row}"), Default, "y", LearningTask.Multiclass));
        Assert.Equal("split-empty", error.Code);
        Assert.Contains("5 rows", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Split_AnySizes_PartitionsTheRows() => Prop.ForAll(Gen.Choose(0, 3).NonEmptyListOf().Select(l => l.ToArray()).ToArbitrary(), Gen.Choose(0, 1000).ToArbitrary(), (classes, seed) =>
    {
        Table table = Classes(classes.Length, row => $"c{classes[row]}");
        try
        {
            DataSplit split = DataSplitter.Split(table, Default with { Seed = (ulong)seed }, "y", LearningTask.Multiclass);
            return Enumerable.Range(0, classes.Length).SequenceEqual(split.Known.Concat(split.Test).Order())
                && classes.Distinct().All(c => split.Train.Any(row => classes[row] == c));
        }
        catch (MlOpsException e) when (e.Code == "split-empty")
        {
            return classes.Length < 10;
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Split_ByTime_TestsOnTheLatestRowsAndKeepsTiesTogether()
    {
        // Days 0..9 in reverse order, ten rows each.
        var table = new Table([new NumberColumn("day", [.. Enumerable.Range(0, 100).Select(row => (double)((99 - row) / 10))])]);
        DataSplit split = DataSplitter.Split(table, new SplitSpec(Test: 0.25, Validation: 0.1, TimeColumn: "day"), "y", LearningTask.Regression);
        var days = (NumberColumn)table["day"];
        Assert.Equal([7, 8, 9], split.Test.Select(row => days.Values[row]).Distinct());
        Assert.Equal([6], split.Validation.Select(row => days.Values[row]).Distinct());
        Assert.Equal(60, split.Train.Length);
    }

    [Fact]
    public void Split_ByTimestamps_OrdersByInstant()
    {
        long day = TimeSpan.TicksPerDay;
        var table = new Table([new TimestampColumn("at", [5 * day, 1 * day, 4 * day, 2 * day, 3 * day])]);
        DataSplit split = DataSplitter.Split(table, new SplitSpec(0.2, 0.2, TimeColumn: "at"), "y", LearningTask.Regression);
        Assert.Equal([1, 3, 4], split.Train);
        Assert.Equal([2], split.Validation);
        Assert.Equal([0], split.Test);
    }

    [Theory]
    [InlineData("text", "split-column", "a category column")]
    [InlineData("gap", "split-column", "missing in row 2")]
    [InlineData("same", "split-empty", "stay together")]
    [InlineData("nowhere", "table-column-missing", "'nowhere'")]
    public void Split_UnusableTimeColumn_SaysWhy(string column, string code, string expected)
    {
        var table = new Table([CategoryColumn.From("text", ["a", "b"]), new NumberColumn("gap", [1, double.NaN]), new NumberColumn("same", [1, 1])]);
        var error = Assert.Throws<MlOpsException>(() => DataSplitter.Split(table, new SplitSpec(0.5, 0, TimeColumn: column), "y", LearningTask.Regression));
        Assert.Equal(code, error.Code);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Split_Regression_StratifiesByDecilesOfANumber()
    {
        var table = new Table([new NumberColumn("x", [.. Enumerable.Range(0, 1000).Select(row => (double)row)])]);
        DataSplit split = DataSplitter.Split(table, new SplitSpec(StratifyBy: "x"), "y", LearningTask.Regression);
        Assert.All(split.Test.GroupBy(row => row / 100), decile => Assert.InRange(decile.Count(), 19, 21));
    }

    [Fact]
    public void Split_WrongShares_ReportsAllProblemsAtOnce()
    {
        var error = Assert.Throws<MlOpsException>(() => DataSplitter.Split(Classes(10, _ => "a"), new SplitSpec(1.5, -0.1, "a", "b", 1), "y", LearningTask.Binary));
        Assert.Equal("split-spec", error.Code);
        Assert.All(new[] { "test is 1.5", "validation is -0.1", "folds is 1", "choose one" }, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Folds_Stratified_CoverEveryRowOnceAndBalanceClasses()
    {
        Table table = Classes(103, row => row % 4 == 0 ? "rare" : "common");
        IReadOnlyList<DataSplit> folds = DataSplitter.Folds(table, new SplitSpec(Folds: 5), "y", LearningTask.Binary);
        Assert.Equal(Enumerable.Range(0, 103), folds.SelectMany(f => f.Test).Order());
        Assert.All(folds, fold =>
        {
            Assert.InRange(fold.Test.Length, 20, 21);
            Assert.InRange(Rare(table, fold.Test), 5, 6);
            Assert.Equal(103, fold.Known.Length + fold.Test.Length);
            Assert.Equal(103, fold.Known.Concat(fold.Test).Distinct().Count());
        });
    }

    [Fact]
    public void Folds_ByTime_TrainOnlyOnThePast()
    {
        var table = new Table([new NumberColumn("t", [.. Enumerable.Range(0, 60).Select(row => (double)row)])]);
        IReadOnlyList<DataSplit> folds = DataSplitter.Folds(table, new SplitSpec(Folds: 5, TimeColumn: "t"), "y", LearningTask.Regression);
        Assert.Equal(Enumerable.Range(10, 50), folds.SelectMany(f => f.Test));
        Assert.All(folds, fold => Assert.True(fold.Known.Max() < fold.Test.Min()));
        Assert.Equal([10, 20, 30, 40, 50], folds.Select(f => f.Known.Length));
    }

    [Fact]
    public void Allocate_AnyStrata_GivesTheTotalUnlessLastRowsAreInTheWay() => Prop.ForAll(Gen.Choose(0, 12).NonEmptyListOf().Select(l => l.ToArray()).ToArbitrary(), sizes =>
    {
        int total = sizes.Sum() / 3;
        int[] take = StratifiedDraw.Allocate(sizes, total);
        int possible = sizes.Sum(size => Math.Max(0, size - 1));
        return take.Sum() == Math.Min(total, possible) && take.Zip(sizes).All(pair => pair.First >= 0 && pair.First <= Math.Max(0, pair.Second - 1));
    }).QuickCheckThrowOnFailure();

    private static Table Classes(int rows, Func<int, string> of) => new([CategoryColumn.From("y", Enumerable.Range(0, rows).Select(of))]);

    private static int Rare(Table table, int[] rows) => rows.Count(row => table["y"].Format(row) == "rare");
}
