using System.Text.Json;
using MlOps.Learning.Tables;

namespace MlOps.Learning.Tests.Tables;

public sealed class TableProfileTests
{
    [Fact]
    public void Of_Numbers_HasMomentsDecilesAndHistogram()
    {
        ColumnProfile profile = ColumnProfile.Of(new NumberColumn("x", [.. Enumerable.Range(1, 100).Select(i => (double)i).Reverse(), double.NaN, 100]));
        Assert.Equal((102, 1, 100, true), (profile.Count, profile.Missing, profile.Distinct, profile.DistinctIsExact));
        NumberSummary numbers = profile.Numbers!;
        Assert.Equal((1.0, 100.0), (numbers.Min, numbers.Max));
        Assert.Equal(5150.0 / 101, numbers.Mean, 12);
        Assert.Equal(29.2833, numbers.StandardDeviation, 3);
        Assert.Equal([1, 11, 21, 31, 41, 51, 61, 71, 81, 91, 100], numbers.Deciles);
        Assert.Equal(21, numbers.Histogram.Edges.Count);
        Assert.Equal(101, numbers.Histogram.Counts.Sum());
        Assert.Equal(5, numbers.Histogram.Counts[0]);
        Assert.Equal(6, numbers.Histogram.Counts[^1]);
    }

    [Fact]
    public void Of_NumbersBetweenValues_InterpolatesAsType7()
    {
        // R: quantile(c(1, 2, 4, 8), seq(0, 1, .1))
        NumberSummary numbers = ColumnProfile.Of(new NumberColumn("x", [8, 1, 4, 2])).Numbers!;
        double[] expected = [1, 1.3, 1.6, 1.9, 2.4, 3, 3.6, 4.4, 5.6, 6.8, 8];
        Assert.All(expected.Zip(numbers.Deciles), pair => Assert.Equal(pair.First, pair.Second, 12));
    }

    [Fact]
    public void Of_OneValueInfinityOrNone_IsDefined()
    {
        Assert.Equal([3.0, 3.0], ColumnProfile.Of(new NumberColumn("x", [3, 3])).Numbers!.Histogram.Edges);
        Assert.Equal(0, ColumnProfile.Of(new NumberColumn("x", [3])).Numbers!.StandardDeviation);
        Assert.Null(ColumnProfile.Of(new NumberColumn("x", [double.NaN])).Numbers);
        NumberSummary infinite = ColumnProfile.Of(new NumberColumn("x", [double.NegativeInfinity, 1, 2, double.PositiveInfinity, double.PositiveInfinity])).Numbers!;
        Assert.Equal(double.PositiveInfinity, infinite.Deciles[10]);
        Assert.Equal(2, infinite.Histogram.Counts.Sum());
    }

    [Fact]
    public void Of_WholeRangeOfDoubles_HasFiniteEdges()
    {
        NumberSummary numbers = ColumnProfile.Of(new NumberColumn("x", [double.MinValue, 0, double.MaxValue])).Numbers!;
        Assert.All(numbers.Histogram.Edges, edge => Assert.True(double.IsFinite(edge)));
        Assert.Equal(3, numbers.Histogram.Counts.Sum());
    }

    [Fact]
    public void Of_Levels_AreCountedMostFrequentFirst()
    {
        ColumnProfile profile = ColumnProfile.Of(CategoryColumn.From("c", ["b", "a", "c", "a", null, "c"]));
        Assert.Equal((1, 3), (profile.Missing, profile.Distinct));
        Assert.Equal([new("a", 2), new("c", 2), new("b", 1)], profile.TopLevels);
        Assert.Equal([new("true", 2), new("false", 1)], ColumnProfile.Of(new BooleanColumn("b", [1, 0, -1, 1])).TopLevels);
        Assert.Equal([new("y", 2), new("x", 1)], ColumnProfile.Of(new TextColumn("t", ["x", "y", null, "y"])).TopLevels);
    }

    [Fact]
    public void Of_TextOfManyValues_GivesALowerBound()
    {
        ColumnProfile profile = ColumnProfile.Of(new TextColumn("t", [.. Enumerable.Range(0, 100_001).Select(i => i.ToString("D6")), null]));
        Assert.Equal((100_000, false, 1), (profile.Distinct, profile.DistinctIsExact, profile.Missing));
        Assert.Empty(profile.TopLevels);
    }

    [Fact]
    public async Task Of_Chicago_SurvivesJson()
    {
        await using FileStream stream = File.OpenRead(Csv.Sample("chicago-ridership.csv"));
        TableProfile profile = TableProfile.Of(await CsvReader.ReadAsync(stream, CsvOptions.Default, CancellationToken.None));
        TimeSummary dates = profile.Find("date")!.Times!;
        Assert.Equal((2001, 2016, 5_698), (dates.Earliest.Year, dates.Latest.Year, profile.Find("date")!.Distinct));
        string json = JsonSerializer.Serialize(profile);
        Assert.Equal(json, JsonSerializer.Serialize(JsonSerializer.Deserialize<TableProfile>(json)));
    }
}
