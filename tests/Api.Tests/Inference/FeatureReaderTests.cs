using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MlOps.Api.Inference;
using MlOps.Domain.Serving;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Api.Tests.Inference;

/// <summary>What is read straight is read as the general way reads it; what is not, is left to it.</summary>
public sealed class FeatureReaderTests
{
    private static readonly ModelSignature Signature = new(
        LearningTask.Binary,
        "y",
        [
            new FeatureSignature("n", ColumnType.Number, false),
            new FeatureSignature("m", ColumnType.Number, true),
            new FeatureSignature("c", ColumnType.Category, true, ["Month", "7", "NaN", "é\n", "true"]),
            new FeatureSignature("d", ColumnType.Category, false, ["a", "b"]),
            new FeatureSignature("f", ColumnType.Boolean, true),
        ],
        ["No", "Yes"]);

    private static readonly string[] Values =
    [
        "1", "-0", "0", "1.5", "1e3", "-1.25E-7", "12345678901234567890", "1e999", "0.1", "null", "NaN", "-Infinity", "true", "false",
        "\"Month\"", "\"7\"", "7", "7.0", "\"NaN\"", "\"\\u00e9\\n\"", "\"other\"", "\"a\"", "\"\"", "\"\\ud800\"", "[1]", "[\"a\"]", "{}", "{\"b64\": \"YQ==\"}", "01", "+1", "1.", "",
    ];

    private static readonly string[][] Fitting =
    [
        ["1", "-0", "1.5", "-1.25E-7", "12345678901234567890"],
        ["0.1", "null", "1e3", "NaN", "\"NaN\""],
        ["\"Month\"", "\"7\"", "7", "\"\\u00e9\\n\"", "\"other\"", "true", "null", "\"NaN\"", "NaN"],
        ["\"a\"", "\"b\"", "\"unseen\"", "-3"],
        ["true", "false", "0", "1.0", "null", "NaN"],
    ];

    private static readonly string[] Names = ["n", "m", "c", "d", "f", "extra", "nn", "\\u006e"];

    [Fact]
    public void Read_WhateverIsRead_IsWhatTheGeneralWayReads()
    {
        int read = 0;
        Gen<string>[] values = [.. Fitting.Select(f => Gen.Frequency((12, Gen.Elements(f)), (1, Gen.Elements(Values))))];
        Gen<string[]> row = values[0].Zip(values[1]).Zip(values[2], (nm, c) => (nm, c)).Zip(values[3].Zip(values[4]), (l, r) => new[] { l.nm.Item1, l.nm.Item2, l.c, r.Item1, r.Item2 });
        Gen<string> record = Gen.OneOf(
            row.Zip(Gen.Elements(Names).Two(), (r, names) => Record(["n", "m", "c", "d", "f", names.Item1, names.Item2], [.. r, "1", "null"])),
            row.Select(r => Record(["n", "m", "c", "d", "f"], r)),
            row.Select(r => Record(["d", "f", "n"], [r[3], r[4], r[0]])));
        Gen<RequestRows> records = record.ArrayOf(2).Select(RequestRows (r) => new RecordRows(Slice($"[{string.Join(", ", r)}]")));
        Gen<RequestRows> lists = row.ArrayOf(2).Select(RequestRows (r) => new ListRows(Slice($"[{string.Join(',', r.Select(v => $"[{string.Join(" , ", v)}]"))}]"), null, "rows"));
        Gen<RequestRows> columns = row.Zip(row, (a, b) => Record(["n", "m", "c", "d", "f"], [.. a.Zip(b, (x, y) => $"[{x},{y}]")])).Select(RequestRows (c) => new ColumnRows(Slice(c), "rows"));

        Prop.ForAll(Gen.OneOf(records, lists, columns).ToArbitrary(), rows =>
        {
            using FeatureRows numbers = FeatureRows.Rent(Signature);
            if (!rows.TryRead(numbers))
            {
                Assert.Equal(0, numbers.Count);
                return;
            }

            read++;
            Assert.Equal(Texts(rows.Bind(new RequestBinder(Signature))), Texts(numbers.Record().ToTable()));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1_500));

        Assert.InRange(read, 300, 1_200);
    }

    [Theory]
    [InlineData("[[1, -2.5]]", true)]
    [InlineData(" [ [1,2 ] , [ 3e2,4.25] ] ", true)]
    [InlineData("[[1, null]]", true)]
    [InlineData("[[1, NaN], [2, \"NaN\"]]", true)]
    [InlineData("[[0.1234567890123456789, 123456789012345678901234567890]]", true)]
    [InlineData("[]", false)]
    [InlineData("[[1, 2],]", false)]
    [InlineData("[[1, 2] [3, 4]]", false)]
    [InlineData("[[1]]", false)]
    [InlineData("[[1, 2, 3]]", false)]
    [InlineData("[[1, 2]] 3", false)]
    [InlineData("[[1, 02]]", false)]
    [InlineData("[[1, 1e999]]", false)]
    [InlineData("[[1, 2", false)]
    [InlineData("[[null, 2]]", false)]
    public void TryLists_OfNumbersAlone_ReadsWhatTheGeneralWayReads(string json, bool expected)
    {
        var signature = new ModelSignature(LearningTask.Regression, "y", [new("a", ColumnType.Number, false), new("b", ColumnType.Number, true)], []);
        using FeatureRows rows = FeatureRows.Rent(signature);

        Assert.Equal(expected, FeatureReader.TryLists(Encoding.UTF8.GetBytes(json), rows));
        if (expected)
            Assert.Equal(Texts(new ListRows(Slice(json.Trim()), null, "rows").Bind(new RequestBinder(signature))), Texts(rows.Record().ToTable()));
        else
            Assert.Equal(0, rows.Count);
    }

    [Theory]
    [InlineData("""[{"n": 1, "m": 2, "c": "Month", "d": "a", "f": true}]""", true)]
    [InlineData("""[{"f": 0, "d": "unseen", "n": -1.5e3}]""", true)]
    [InlineData("""[{"n": 1, "d": "a", "extra": {"x": [1, 2]}, "m": 2, "c": null, "f": null}]""", true)]
    [InlineData("""[{"n": 1, "d": "a", "extra": 1}]""", false)]
    [InlineData("""[{"n": 1, "n": 2, "d": "a"}]""", false)]
    [InlineData("""[{"n": "1", "d": "a"}]""", false)]
    [InlineData("""[{"n": null, "d": "a"}]""", false)]
    [InlineData("""[{"d": "a"}]""", false)]
    [InlineData("""[{"n": NaN, "d": "a"}]""", false)]
    [InlineData("""[{"n": 1, "m": NaN, "c": NaN, "d": "NaN, \" NaN", "f": NaN}]""", true)]
    [InlineData("""[{"n": 1, "m": "NaN", "c": "x", "d": "a", "f": true, "extra": [-Infinity, NaN]}]""", true)]
    [InlineData("""[{"n": 1, "m": NaN, "d": "a", "extra": Nan}]""", false)]
    [InlineData("""[]""", false)]
    [InlineData("""[{"n": 1, "d": "a"}] 5""", false)]
    public void TryRecords_TakesTheOrdinaryAndLeavesTheRest(string json, bool expected)
    {
        using FeatureRows rows = FeatureRows.Rent(Signature);

        Assert.Equal(expected, FeatureReader.TryRecords(Encoding.UTF8.GetBytes(json), rows));
    }

    [Fact]
    public void TryLists_OfASignatureWithTimesOrTexts_LeavesThemToTheGeneralWay()
    {
        using FeatureRows rows = FeatureRows.Rent(new ModelSignature(LearningTask.Regression, "y", [new("t", ColumnType.Text, true)], []));

        Assert.False(FeatureReader.TryLists("[[null]]"u8, rows));
    }

    private static JsonSlice Slice(string json) => new(Encoding.UTF8.GetBytes(json));

    private static string Record(string[] names, string[] values) => "{" + string.Join(", ", names.Zip(values, (n, v) => $"\"{n}\": {v}")) + "}";

    private static string Texts(Table table) =>
        string.Join('|', table.Columns.Select(c => c.Name + string.Join(',', Enumerable.Range(0, c.Count).Select(row => c is NumberColumn n ? Bits(n.Values[row]) : c.Format(row) ?? "null"))));

    private static string Bits(double value) => double.IsNaN(value) ? "NaN" : BitConverter.DoubleToInt64Bits(value).ToString("X16", CultureInfo.InvariantCulture);
}
