using MlOps.Learning.Statistics;
using MlOps.Learning.Tables;

namespace MlOps.Learning.Tests.Statistics;

public class DriftTests
{
    [Fact]
    public void Compare_SameNumbers_IsNoDrift()
    {
        ColumnDrift drift = DriftTest.Compare(Normal("x", 1, 500), Normal("x", 1, 500));
        Assert.Equal(("ks", 0.0, 1.0, 0.0), (drift.Test, drift.Statistic!.Value, drift.PValue!.Value, drift.Psi!.Value));
        Assert.Equal(DriftStatus.Computed, drift.Status);
    }

    [Fact]
    public void Compare_ShiftedNumbers_IsSeenByAllThree()
    {
        ColumnDrift drift = DriftTest.Compare(Normal("x", 1, 2000), Normal("x", 2, 2000, shift: 0.5));
        Assert.True(drift.PValue < 1e-20);
        Assert.InRange(drift.Effect!.Value, 0.15, 0.25);
        Assert.InRange(drift.Psi!.Value, 0.15, 0.4);
    }

    [Fact]
    public void Compare_MissingAndInfinite_AreCountedAndLeftOut()
    {
        ColumnDrift drift = DriftTest.Compare(
            new NumberColumn("x", [1, 2, double.NaN, double.PositiveInfinity]), new NumberColumn("x", [1, double.NaN, double.NaN, double.NegativeInfinity, 2]));
        Assert.Equal(new DriftSample(4, 1, 1), drift.Reference);
        Assert.Equal(new DriftSample(5, 2, 1), drift.Current);
        Assert.Equal((0.0, DriftStatus.LowSample), (drift.Statistic!.Value, drift.Status));
    }

    [Fact]
    public void Compare_MissingShareChanged_HasItsOwnTest()
    {
        ColumnDrift drift = DriftTest.Compare(Gaps(1000, 10), Gaps(1000, 3));
        Assert.True(drift.PValue > 0.5);
        Assert.True(drift.MissingPValue < 1e-10);
        Assert.True(TableDrift.Judge([drift], new DriftOptions()).Columns[0].MissingDrifted);
    }

    [Fact]
    public void Compare_AllMissingCurrent_IsNotComputableButItsMissingShareDrifts()
    {
        ColumnDrift drift = DriftTest.Compare(Normal("x", 1, 100), new NumberColumn("x", [.. Enumerable.Repeat(double.NaN, 100)]));
        Assert.Equal(DriftStatus.NotComputable, drift.Status);
        Assert.Contains("0 usable rows of 100", drift.Reason, StringComparison.Ordinal);
        Assert.True(TableDrift.Judge([drift], new DriftOptions()) is { Drifted: true, Share: 1 });
    }

    [Fact]
    public void Compare_EmptyCurrent_IsNotComputable()
    {
        ColumnDrift drift = DriftTest.Compare(Normal("x", 1, 100), new NumberColumn("x", []));
        Assert.Equal((DriftStatus.NotComputable, (double?)null), (drift.Status, drift.MissingPValue));
        Assert.False(TableDrift.Judge([drift], new DriftOptions()).Drifted);
    }

    [Fact]
    public void Compare_Categories_NamesNewAndLostLevels()
    {
        ColumnDrift drift = DriftTest.Compare(Levels(("a", 60), ("b", 40), ("old", 10)), Levels(("b", 50), ("a", 40), ("new", 30), ("newer", 5)));
        Assert.Equal("chisquare", drift.Test);
        Assert.Equal(["new", "newer"], drift.NewLevels);
        Assert.Equal(["old"], drift.LostLevels);
        Assert.Equal(35 / 125.0, drift.NewLevelShare);
    }

    [Fact]
    public void Compare_OneUnseenLevelInManyRows_IsNoDrift() =>
        Assert.True(DriftTest.Compare(Levels(("a", 500), ("b", 499)), Levels(("a", 500), ("b", 498), ("new", 1))).PValue > 0.5);

    [Fact]
    public void Compare_AllRareLevelsReplaced_Drifts()
    {
        ColumnDrift drift = DriftTest.Compare(Named("old", 1000, 5000), Named("new", 400, 500));
        Assert.True(drift is { PValue: < 1e-10, Effect: > 0.999, NewLevelShare: 1 });
    }

    [Fact]
    public void Compare_IdentifiersNewEachTime_IsNoDrift() =>
        Assert.True(DriftTest.Compare(Named("old", 3000, 3000), Named("new", 500, 500)).PValue > 0.5);

    [Fact]
    public void Compare_ManyRareLevelsUnchanged_RarelyAlarms()
    {
        int alarms = Enumerable.Range(0, 200).Count(trial => DriftTest.Compare(Skewed(2 * trial, 2000), Skewed((2 * trial) + 1, 500)).PValue <= 0.05);
        Assert.InRange(alarms, 0, 20);
    }

    [Fact]
    public void Compare_FlagThatMostlyFlips_ShowsInItsPsi()
    {
        NumberColumn Flag(int zeros) => new("f", [.. Enumerable.Range(0, 1000).Select(row => row < zeros ? 0.0 : 1.0)]);
        Assert.True(DriftTest.Compare(Flag(50), Flag(500)).Psi > 0.25);
        Assert.True(DriftTest.Compare(Flag(950), Flag(500)).Psi > 0.25);
        Assert.True(DriftTest.Compare(Flag(0), Flag(500)).Psi > 0.25);
        Assert.Equal(0, DriftTest.Compare(Flag(50), Flag(50)).Psi);
    }

    [Fact]
    public void Compare_ConstantCategory_HasPOne()
    {
        ColumnDrift drift = DriftTest.Compare(Levels(("a", 50)), Levels(("a", 80)));
        Assert.Equal((1.0, 0.0), (drift.PValue!.Value, drift.Effect!.Value));
    }

    [Fact]
    public void Compare_ConstantCategoryChanged_Drifts()
    {
        ColumnDrift drift = DriftTest.Compare(Levels(("a", 50)), Levels(("b", 80)));
        Assert.True(drift.PValue < 1e-10);
        Assert.Equal(1, drift.Effect);
    }

    [Fact]
    public void Compare_CategoryCodesInOtherOrder_CompareByLevel()
    {
        var a = new CategoryColumn("c", [0, 0, 1, 1, -1], ["x", "y", "never"]);
        var b = new CategoryColumn("c", [1, 1, 0, 0, -1], ["y", "x"]);
        Assert.Equal((0.0, 0), (DriftTest.Compare(a, b).Effect!.Value, DriftTest.Compare(a, b).LostLevels.Count));
    }

    [Fact]
    public void Compare_BooleanAndItsText_AreLevels() =>
        Assert.Equal(0, DriftTest.Compare(new BooleanColumn("f", [1, 0, 1, -1]), CategoryColumn.From("f", ["true", "true", "false"])).Effect);

    [Fact]
    public void Compare_NumberAgainstCategory_IsAnErrorNamingTheColumn()
    {
        var error = Assert.Throws<MlOpsException>(() => DriftTest.Compare(Normal("x", 1, 10), CategoryColumn.From("x", ["a", "b"])));
        Assert.Equal("drift-type", error.Code);
        Assert.Contains("'x' is number in the reference but category", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Compare_TextAndTimestamp_HaveNoTest()
    {
        var text = new TextColumn("t", ["a", "b"]);
        Assert.Equal(DriftStatus.NotComputable, DriftTest.Compare(text, text).Status);
    }

    [Fact]
    public void Compare_TablesOfUnchangedColumns_RarelyAlarms()
    {
        int alarms = Enumerable.Range(0, 40).Count(trial =>
            TableDrift.Compare(Wide(20, 300, 2 * trial), Wide(20, 300, (2 * trial) + 1), new DriftOptions()).Columns.Any(c => c.Drifted));
        Assert.InRange(alarms, 0, 6);
    }

    [Fact]
    public void Compare_DustInManyRows_IsBelowTheEffectFloor()
    {
        TableDriftResult result = TableDrift.Compare(new Table([Normal("x", 1, 60_000)]), new Table([Normal("x", 2, 60_000, shift: 0.04)]), new DriftOptions());
        Assert.True(result.Columns[0].AdjustedPValue < 0.001);
        Assert.False(result.Drifted);
        Assert.True(TableDrift.Judge([result.Columns[0].Drift], new DriftOptions { MinEffect = 0 }).Drifted);
    }

    [Fact]
    public void Compare_DriftShare_CountsEquality()
    {
        var reference = new Table([Normal("a", 1, 500), Normal("b", 2, 500)]);
        var current = new Table([Normal("a", 3, 500, shift: 1), Normal("b", 4, 500)]);
        Assert.True(TableDrift.Compare(reference, current, new DriftOptions { DriftShare = 0.5 }).Drifted);
        Assert.False(TableDrift.Compare(reference, current, new DriftOptions { DriftShare = 0.6 }).Drifted);
        Assert.Equal(0, TableDrift.Compare(reference, current, new DriftOptions(), ["b"]).Share);
    }

    [Fact]
    public void Compare_AbsentColumns_AreNamedAtOnce()
    {
        var error = Assert.Throws<MlOpsException>(() => TableDrift.Compare(new Table([Normal("a", 1, 5), Normal("b", 1, 5)]), new Table([Normal("c", 1, 5)]), new DriftOptions()));
        Assert.Contains("'a', 'b'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Compare_ColumnsOfOtherTypes_AreNamedAtOnce()
    {
        var reference = new Table([Normal("a", 1, 5), Levels(("x", 3), ("y", 2)), Normal("b", 1, 5)]);
        var current = new Table([CategoryColumn.From("a", ["p", "q"]), new NumberColumn("c", [1, 2]), new NumberColumn("b", [1, 2])]);
        var error = Assert.Throws<MlOpsException>(() => TableDrift.Compare(reference, current, new DriftOptions()));
        Assert.Contains("'a' is number", error.Message, StringComparison.Ordinal);
        Assert.Contains("'c' is category", error.Message, StringComparison.Ordinal);
    }

    private static Table Wide(int columns, int rows, int trial) =>
        new([.. Enumerable.Range(0, columns).Select(c => Normal($"x{c}", (trial * 1000) + c + 1, rows))]);

    private static NumberColumn Normal(string name, int seed, int rows, double shift = 0)
    {
        var random = new SeededRandom((ulong)seed);
        return new NumberColumn(name, [.. Enumerable.Range(0, rows).Select(_ => random.NextGaussian() + shift)]);
    }

    private static CategoryColumn Named(string kind, int levels, int rows) =>
        CategoryColumn.From("c", [.. Enumerable.Range(0, rows).Select(row => $"{kind}{row % levels}")]);

    // About half of the rows are of levels that occur a few times.
    private static CategoryColumn Skewed(int seed, int rows)
    {
        var random = new SeededRandom((ulong)seed);
        return CategoryColumn.From("c", [.. Enumerable.Range(0, rows).Select(_ => $"{(int)(5000 * Math.Pow(random.NextDouble(), 6))}")]);
    }

    private static NumberColumn Gaps(int rows, int every) => new("x", [.. Enumerable.Range(0, rows).Select(row => row % every == 0 ? double.NaN : row * 7919 % 1009)]);

    private static CategoryColumn Levels(params (string Level, int Rows)[] levels) =>
        CategoryColumn.From("c", levels.SelectMany(level => Enumerable.Repeat(level.Level, level.Rows)));
}
