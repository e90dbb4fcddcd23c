using System.Globalization;
using System.Text;
using CsvHelper;
using FsCheck;
using FsCheck.Fluent;
using MlOps.Learning.Tables;
using MlOps.Learning.Tables.Parsing;

namespace MlOps.Learning.Tests.Tables;

/// <summary>Random tables of odd strings, read and written by both CsvHelper and us.</summary>
public sealed class CsvPropertyTests
{
    private static readonly string[] OddFields =
        ["", " ", "a", "\"", "\"\"", ",", ";", "\n", "\r", "\r\n", "\t", "x\"y", "a,b", "\"a\"", " lead", "trail ", "é", "日本", "😀", "1", "1.5", "true", "'", "\\", "a\nb", "long text that is longer than sixty-four bytes so that it spans two vectors"];

    private static readonly Gen<string> Field = Gen.OneOf(
        Gen.Elements(OddFields),
        Gen.Elements("ab\",;\n\r \t1é".ToCharArray()).ArrayOf().Select(chars => new string(chars)));

    private static readonly Gen<string[][]> Rows =
        from columns in Gen.Choose(1, 6)
        from rows in Gen.Choose(0, 40)
        from cells in Field.ArrayOf(columns * rows)
        select cells.Chunk(columns).Prepend([.. Enumerable.Range(0, columns).Select(c => "c" + c)]).ToArray();

    [Fact]
    public void ReadAsync_WhatCsvHelperWrites_IsTheSameTexts() =>
        Check(Rows, rows => Same(rows, Read(WriteByCsvHelper(rows, "\r\n"), rows[0])) && Same(rows, Read(WriteByCsvHelper(rows, "\n"), rows[0])));

    [Fact]
    public void ReadAsync_AnyBlockSize_IsTheSameTexts() =>
        Check(Rows, rows =>
        {
            string csv = WriteByCsvHelper(rows, "\r\n");
            return Enumerable.Range(64, 9).All(size => Same(rows, Read(csv, rows[0], size)));
        });

    [Fact]
    public void WriteAsync_WhatWeWrite_CsvHelperReadsAsTheSameTexts() =>
        Check(Rows, rows => Same(rows, ReadByCsvHelper(Write(rows))));

    [Fact]
    public void WriteAsync_WhatWeWrite_WeReadAsTheSameTexts() =>
        Check(Rows, rows => Same(rows, Read(Write(rows), rows[0])));

    [Fact]
    public void TryParse_AnyDouble_IsTheNearest() =>
        Check(ArbMap.Default.GeneratorFor<double>(), x =>
            new[] { "R", "F3", "E10", "F12", "0.####" }.Select(format => x.ToString(format, CultureInfo.InvariantCulture)).All(ParsesAsTheRuntime));

    [Fact]
    public void TryParse_DigitsAndPoints_AgreesWithTheRuntime() =>
        Check(Gen.Elements("0123456789.-+eE ".ToCharArray()).ArrayOf().Select(chars => new string(chars)), ParsesAsTheRuntime);

    [Fact]
    public void TryParse_ShortDecimals_AgreeWithTheRuntime() =>
        Check(
            from sign in Gen.Elements("", "-", "+", "--")
            from whole in Gen.Choose(0, 99_999)
            from point in Gen.Elements("", ".", "..")
            from rest in Gen.Choose(0, 9_999)
            select $"{sign}{whole}{point}{rest}",
            ParsesAsTheRuntime);

    [Fact]
    public void Code_AnyKeys_AreTheIndexesOfTheDistinctInOrder() =>
        Check(Gen.Choose(0, 30).SelectMany(n => Gen.Elements('a', 'b', '\0').ArrayOf(n)).Select(chars => new string(chars)).ArrayOf(), keys =>
        {
            var dictionary = new ByteDictionary();
            int[] codes = [.. keys.Select(k => dictionary.Code(Encoding.UTF8.GetBytes(k)))];
            List<string> distinct = [.. keys.Distinct()];
            return codes.SequenceEqual(keys.Select(k => distinct.IndexOf(k))) && dictionary.Levels.SequenceEqual(distinct);
        });

    private static void Check<T>(Gen<T> generator, Func<T, bool> property) =>
        Prop.ForAll(generator.ToArbitrary(), property).QuickCheckThrowOnFailure();

    private static bool ParsesAsTheRuntime(string text)
    {
        const NumberStyles Style = NumberStyles.Float;
        bool expected = double.TryParse(text, Style, CultureInfo.InvariantCulture, out double value);
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return new[] { "", "7777.7777", ".........", "\0\0\0\0\0\0\0\0" }.All(after =>
            NumberText.TryParse([.. bytes, .. Encoding.UTF8.GetBytes(after)], bytes.Length, out double parsed) == expected
            && (!expected || BitConverter.DoubleToInt64Bits(parsed) == BitConverter.DoubleToInt64Bits(value)));
    }

    /// <summary>Empty texts are missing to us, and rows of one empty column no row at all where nobody quotes them.</summary>
    private static bool Same(string[][] expected, string[][] actual) =>
        expected.Length == actual.Length && expected.Zip(actual).All(pair => pair.First.SequenceEqual(pair.Second));

    private static string[][] Read(string csv, string[] names, int blockBytes = 1 << 16)
    {
        var options = new CsvOptions { Types = names.ToDictionary(n => n, _ => ColumnType.Text), BlockBytes = blockBytes };
        Table table = Csv.ReadAsync(csv, options).GetAwaiter().GetResult();
        return [[.. table.ColumnNames], .. Enumerable.Range(0, table.RowCount).Select(r => table.Columns.Select(c => c.Format(r) ?? "").ToArray())];
    }

    private static string Write(string[][] rows)
    {
        Column[] columns = [.. rows[0].Select((name, c) => new TextColumn(name, [.. rows.Skip(1).Select(r => r[c])]))];
        return Csv.WriteAsync(new Table(columns)).GetAwaiter().GetResult();
    }

    private static string WriteByCsvHelper(string[][] rows, string newLine)
    {
        var stream = new MemoryStream();
        using (var writer = CsvHelper.CsvWriter.Create(stream, CsvWriterOptions.Default with { NewLine = newLine }, true))
        {
            foreach (string[] row in rows)
            {
                foreach (string field in row)
                    writer.WriteField(field);
                writer.EndRecord();
            }
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static string[][] ReadByCsvHelper(string csv)
    {
        using var reader = CsvHelper.CsvReader.FromText(csv, CsvReaderOptions.Default with { Separator = ',', HasHeader = false });
        var rows = new List<string[]>();
        while (reader.Read())
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(c => reader.GetString(c))]);
        return [.. rows];
    }
}
