using System.Text.Json;
using MlOps.Domain.Serving;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Serving;

public sealed class RequestBinderTests
{
    private static readonly RequestBinder Binder = new(FakeModel.Churn);

    [Fact]
    public void BindRecords_OfEveryType_BuildsTheSignaturesColumns()
    {
        Table table = Records("""[{"Partner":true,"tenure":3,"Contract":"One year","id":"ignored"},{"tenure":4.5}]""");

        Assert.Equal(["tenure", "Contract", "Partner"], table.ColumnNames);
        Assert.Equal(["3", "4.5"], Texts(table["tenure"]));
        Assert.Equal(["One year", null], Texts(table["Contract"]));
        Assert.Equal(["true", null], Texts(table["Partner"]));
    }

    [Fact]
    public void BindRows_WithoutNames_TakesTheOrderOfTheSignature()
    {
        Table table = Binder.BindRows([[1, "Two year", 0], [2.5f, null, "True"]], null);

        Assert.Equal(["1", "2.5"], Texts(table["tenure"]));
        Assert.Equal(["Two year", null], Texts(table["Contract"]));
        Assert.Equal(["false", "true"], Texts(table["Partner"]));
    }

    [Fact]
    public void BindRecords_WithACategoryNobodyTrainedOn_TakesIt() =>
        Assert.Equal(["Three year", "7", "true"], Texts(Records("""[{"tenure":1,"Contract":"Three year"},{"tenure":1,"Contract":7},{"tenure":1,"Contract":true}]""")["Contract"]));

    [Fact]
    public void Bind_AnIntegerBeyond2To53ForACategory_KeepsItsDigits()
    {
        Assert.Equal(["9007199254740993"], Texts(Records("""[{"tenure":9007199254740993,"Contract":9007199254740993,"Partner":true}]""")["Contract"]));
        Assert.Equal(["-9007199254740993", "18446744073709551615"], Texts(Binder.BindRows([[1, -9007199254740993, 0], [1, ulong.MaxValue, 0]], null)["Contract"]));
    }

    [Fact]
    public void Bind_ATableOfCsv_ReadsTheFeaturesTypesFromText()
    {
        var csv = new Table([
            CategoryColumn.From("tenure", ["12", "0.5"]),
            new NumberColumn("Contract", [1, double.NaN]),
            new BooleanColumn("Partner", [1, -1]),
            new NumberColumn("extra", [1, 2])]);

        Table table = Binder.Bind(csv);

        Assert.Equal(["12", "0.5"], Texts(table["tenure"]));
        Assert.Equal(["1", null], Texts(table["Contract"]));
        Assert.Equal(["true", null], Texts(table["Partner"]));
    }

    [Fact]
    public void Bind_ATimestamp_ReadsIsoText()
    {
        var binder = new RequestBinder(new ModelSignature(LearningTask.Regression, "y", [new("at", ColumnType.Timestamp, false), new("note", ColumnType.Text, true)], []));

        Table table = binder.BindRows([["2026-01-31T12:00:00Z", 5], ["2026-02-01", "NaN"]], null);

        Assert.Equal(["2026-01-31T12:00:00Z", "2026-02-01"], Texts(table["at"]));
        Assert.Equal(["5", "NaN"], Texts(table["note"]));
        Fails("feature-type", "row 0: feature 'at' is the text \"soon\"; expected a time such as 2026-01-31 or 2026-01-31T12:00:00Z", () => binder.BindRows([["soon", null]], null));
    }

    [Theory]
    [InlineData("""[{"Contract":"One year"}]""", "feature-missing", "feature 'tenure' (number) is missing from the request; every row needs it")]
    [InlineData("""[{"tenur":5}]""", "feature-unknown", "feature 'tenur' is unknown; did you mean 'tenure'?")]
    [InlineData("""[{"tenure":5,"contrct":"One year"}]""", "feature-unknown", "feature 'contrct' is unknown; did you mean 'Contract'?")]
    [InlineData("""[{"tenure":5,"Contract":"One year"},{"tenure":5,"contrct":"One year"}]""", "feature-unknown", "row 1: feature 'contrct' is unknown; did you mean 'Contract'?")]
    [InlineData("""[{"tenure":5},{"Partner":true}]""", "feature-null", "row 1: feature 'tenure' is missing (null or NaN), but it was never missing in training; give a finite number")]
    [InlineData("""[{"tenure":null}]""", "feature-null", "row 0: feature 'tenure' is missing (null or NaN), but it was never missing in training; give a finite number")]
    [InlineData("""[{"tenure":"NaN"}]""", "feature-null", "row 0: feature 'tenure' is missing (null or NaN), but it was never missing in training; give a finite number")]
    [InlineData("""[{"tenure":1},{"tenure":"twelve"}]""", "feature-type", "row 1: feature 'tenure' is the text \"twelve\"; expected a finite number")]
    [InlineData("""[{"tenure":"12"}]""", "feature-type", "row 0: feature 'tenure' is the text \"12\"; expected a finite number")]
    [InlineData("""[{"tenure":true}]""", "feature-type", "row 0: feature 'tenure' is true; expected a finite number")]
    [InlineData("""[{"tenure":1e999}]""", "feature-type", "row 0: feature 'tenure' is a value of kind number beyond 1.8e308; expected a finite number")]
    [InlineData("""[{"tenure":1,"Partner":"Infinity"}]""", "feature-type", "row 0: feature 'Partner' is Infinity; expected true or false")]
    [InlineData("""[{"tenure":[1]}]""", "feature-type", "row 0: feature 'tenure' is a value of kind array; expected a finite number")]
    [InlineData("""[{"tenure":1,"Partner":"maybe"}]""", "feature-type", "row 0: feature 'Partner' is the text \"maybe\"; expected true or false")]
    [InlineData("""[{"tenure":1,"Contract":{}}]""", "feature-type", "row 0: feature 'Contract' is a value of kind object; expected a text such as \"Month-to-month\", \"One year\", \"Two year\"")]
    [InlineData("""[]""", "request-empty", "the request has no rows; give at least one with the features tenure, Contract, Partner")]
    [InlineData("""[{}]""", "feature-missing", "feature 'tenure' (number) is missing from the request; every row needs it")]
    [InlineData("""{"tenure":1}""", "request-shape", "the rows are a JSON object; expected an array of objects")]
    [InlineData("""[{"tenure":1}, 5]""", "request-shape", "row 1 is a JSON number; expected an object of feature names and values")]
    public void BindRecords_ThatCannotBe_SaysWhatAndWhere(string json, string code, string message) => Fails(code, message, () => Records(json));

    [Fact]
    public void BindRecords_WhereAnotherRecordHasANameLikeAFeature_TakesTheFeatureAsMissing() =>
        Assert.Equal(["One year", null, null], Texts(Records("""[{"tenure":1,"Contract":"One year","contrct":"x"},{"tenure":2},{"tenure":3,"Contract":null,"contrct":"x"}]""")["Contract"]));

    [Fact]
    public void BindRecords_WithManyMistakes_TellsThemAtOnce()
    {
        MlOpsException e = Assert.Throws<MlOpsException>(() => Records("""[{"tenure":"a","Partner":"b"},{"tenure":null,"Contract":[]}]"""));

        Assert.Equal(4, e.Message.Split("; row").Length);
        Assert.Contains("row 1: feature 'Contract'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void BindRecords_OfManyNamesNobodyKnows_RefusesThemBeforeTheyCostMuch()
    {
        string json = $"[{string.Join(',', Enumerable.Range(0, 5_000).Select(i => $"{{\"x{i}\": 1}}"))}]";
        long before = GC.GetAllocatedBytesForCurrentThread();

        Fails("request-shape", "row 1000: 'x1000' is one of more than 1,000 names that the model does not know; send its features only", () => Records(json));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 5_000_000);
    }

    [Fact]
    public void BindRecords_WithVeryManyMistakes_TellsTheFirstAndCountsTheRest()
    {
        string json = "[" + string.Join(',', Enumerable.Repeat("""{"tenure":"x"}""", 100)) + "]";

        MlOpsException e = Assert.Throws<MlOpsException>(() => Records(json));

        Assert.EndsWith("; and 92 more", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void BindRows_OfAnotherWidth_NamesRowAndFeatures() =>
        Fails("request-shape", "row 1 has 2 values, expected 3 in this order: tenure, Contract, Partner", () => Binder.BindRows([[1, null, null], [1, null]], null));

    [Fact]
    public void BindColumns_OfUnequalLength_NamesThem() =>
        Fails("request-shape", "column 'Contract' has 1 values, column 'tenure' has 2; every column needs one value a row",
            () => Binder.BindColumns([new("tenure", [1, 2]), new("Contract", ["One year"])]));

    [Fact]
    public void BindColumns_WithOneTwice_NamesIt() =>
        Fails("request-shape", "column 'tenure' is there 2 times; give it once", () => Binder.BindColumns([new("tenure", [1]), new("tenure", [2])]));

    [Fact]
    public void Bind_ATableWithWordsForNumbers_NamesTheRow() =>
        Fails("feature-type", "row 1: feature 'tenure' is the text \"x\"; expected a finite number", () => Binder.Bind(new Table([CategoryColumn.From("tenure", ["1", "x"])])));

    [Fact]
    public void Bind_AnInfiniteNumber_IsTheLargestThereIs()
    {
        Assert.Equal([double.MinValue, double.MaxValue], ((NumberColumn)Binder.Bind(new Table([new NumberColumn("tenure", [double.NegativeInfinity, double.PositiveInfinity])]))["tenure"]).Values.ToArray());
        Assert.Equal([double.MinValue, double.MaxValue], ((NumberColumn)Records("""[{"tenure":"-Infinity"},{"tenure":"Infinity"}]""")["tenure"]).Values.ToArray());
        Assert.Equal([double.MinValue, double.MaxValue, double.MaxValue], ((NumberColumn)Binder.Bind(new Table([CategoryColumn.From("tenure", ["-inf", "Infinity", "inf"])]))["tenure"]).Values.ToArray());
    }

    private static Table Records(string json) => Binder.BindRecords(JsonDocument.Parse(json).RootElement);

    private static IEnumerable<string?> Texts(Column column) => Enumerable.Range(0, column.Count).Select(column.Format);

    private static void Fails(string code, string message, Func<object> act)
    {
        MlOpsException e = Assert.Throws<MlOpsException>(act);
        Assert.Equal((ErrorKind.Invalid, code), (e.Kind, e.Code));
        Assert.Equal(message, e.Message);
    }
}
