using System.Globalization;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using MlOps.Learning.Tables.Parsing;

namespace MlOps.Learning.Tests.Tables;

public sealed class JsonNumberTests
{
    [Fact]
    public void TryRead_OfAnything_IsTheNumberThatTheJsonReaderReads()
    {
        Gen<string> anything = Gen.Choose(1, 14).SelectMany(n => Gen.Elements("0012345.-+eE ,]".ToCharArray()).ArrayOf(n)).Select(string.Concat);
        Gen<string> written = ArbMap.Default.GeneratorFor<double>().Where(double.IsFinite).Select(d => d.ToString("R", CultureInfo.InvariantCulture));

        Prop.ForAll(Gen.OneOf(anything, written).Zip(Gen.Elements("", ",", "]", " ", ",1")).Select(p => p.Item1 + p.Item2).ToArbitrary(), text =>
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            int at = 0;
            bool read = JsonNumber.TryRead(bytes, ref at, out double value);
            (double Value, int End)? expected = ByReader(bytes);
            // What follows a number is whose who reads the list: the reader, which refuses what cannot follow one, is given the number alone.
            Assert.Equal(expected is { } e && double.IsFinite(e.Value), read && ByReader(bytes[..at]) is not null && expected?.End == at);
            if (read && expected is { } wanted && wanted.End == at)
                Assert.Equal(BitConverter.DoubleToInt64Bits(wanted.Value), BitConverter.DoubleToInt64Bits(value));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(20_000));
    }

    private static (double Value, int End)? ByReader(byte[] json)
    {
        var reader = new Utf8JsonReader(json);
        try
        {
            return json[0] != ' ' && reader.Read() && reader.TokenType == JsonTokenType.Number ? (reader.GetDouble(), reader.ValueSpan.Length) : null;
        }
        catch (JsonException)
        {
            return Longest(json);
        }
    }

    /// <summary>Behind a number the reader of a document takes blanks only.</summary>
    private static (double Value, int End)? Longest(byte[] json)
    {
        int end = json.AsSpan().IndexOfAny((byte)',', (byte)']', (byte)' ');
        return end > 0 ? ByReader(json[..end]) : null;
    }
}
