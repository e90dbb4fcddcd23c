using System.Globalization;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using MlOps.Learning.Tables.Parsing;

namespace MlOps.Learning.Tests.Tables;

/// <summary>Our digit scanner gives the runtime's double, bit by bit, for every number that JSON can write.</summary>
public sealed class NumberTextTests
{
    [Fact]
    public void TryParse_OfAnyJsonNumber_IsTheRuntimesDouble()
    {
        Gen<string> digits = Gen.Frequency((4, Gen.Choose(1, 9)), (2, Gen.Choose(10, 21)), (1, Gen.Choose(22, 40)))
            .SelectMany(n => Gen.Choose(0, 9).ArrayOf(n)).Select(string.Concat);
        Gen<string> whole = digits.Select(d => d.TrimStart('0') is { Length: > 0 } trimmed ? trimmed : "0");
        Gen<string> fraction = Gen.OneOf(Gen.Constant(""), digits.Select(d => "." + d));
        Gen<string> exponent = Gen.Frequency(
            (3, Gen.Constant("")),
            (2, Gen.Choose(-30, 30).Select(e => $"e{e}")),
            (1, Gen.Choose(0, 400).Select(e => $"E+{e:D3}")),
            (1, Gen.Choose(0, 400).Select(e => $"E-{e}")));
        Gen<string> number = Gen.Elements("", "-").Zip(whole, (sign, w) => sign + w).Zip(fraction, (n, f) => n + f).Zip(exponent, (n, e) => n + e);

        Prop.ForAll(number.ToArbitrary(), Same).Check(Config.QuickThrowOnFailure.WithMaxTest(20_000));
    }

    [Fact]
    public void TryParse_OfAnyDoubleWrittenOut_IsThatDouble() =>
        Prop.ForAll<double>(value => Same(value.ToString("R", CultureInfo.InvariantCulture))).Check(Config.QuickThrowOnFailure.WithMaxTest(5_000));

    [Theory]
    [InlineData("0")]
    [InlineData("-0")]
    [InlineData("-0.0e5")]
    [InlineData("9007199254740992")]
    [InlineData("9007199254740993")]
    [InlineData("9007199254740993e1")]
    [InlineData("1e22")]
    [InlineData("1e23")]
    [InlineData("1e-22")]
    [InlineData("1e-23")]
    [InlineData("123456789012345678e-22")]
    [InlineData("9007199254740991e22")]
    [InlineData("1.7976931348623157e308")]
    [InlineData("4.9e-324")]
    [InlineData("2.4703282292062327e-324")]
    [InlineData("1e999")]
    [InlineData("0e999")]
    [InlineData("0.0012345678901234567")]
    [InlineData("0.000123456789012345678")]
    [InlineData("0.00001234567890123456789")]
    [InlineData("0.000012345678901234567891")]
    [InlineData("000000000000000000000012.5")]
    [InlineData("00000000000000000000000")]
    [InlineData("-0e-999")]
    [InlineData("1e99999999999")]
    [InlineData("7e-27")]
    [InlineData("18446744073709551615")]
    [InlineData("9999999999999999999e27")]
    [InlineData("9999999999999999999e-27")]
    [InlineData("18446744073709551616")]
    [InlineData("99999999999999999999e-5")]
    [InlineData("0.000000000000000000000000000001")]
    public void TryParse_AtTheEdges_IsTheRuntimesDouble(string text) => Same(text);

    /// <summary>Halfway between two doubles, which goes to the even one, and next to it.</summary>
    [Fact]
    public void TryParse_OfHalves_IsTheRuntimesDouble()
    {
        Gen<decimal> half = Gen.Choose(0, int.MaxValue).Zip(Gen.Choose(-3, 9), (odd, power) =>
            power < 0 ? ((1L << 53) + (2L * odd) + 1) / (decimal)(1 << -power) : ((1L << 53) + (2L * odd) + 1) * (decimal)(1 << power));
        Gen<string> near = half.Zip(Gen.Elements(-0.001m, 0, 0.001m), (number, more) => (number + more).ToString("0.###", CultureInfo.InvariantCulture));

        Prop.ForAll(near.ToArbitrary(), Same).Check(Config.QuickThrowOnFailure.WithMaxTest(20_000));
    }

    /// <summary>All that is decided by the powers of our own table: 17 to 19 digits with an exponent.</summary>
    [Fact]
    public void TryParse_OfManyDigits_IsTheRuntimesDouble()
    {
        Gen<string> digits = Gen.Choose(17, 19).SelectMany(n => Gen.Choose(1, 9).ArrayOf(n)).Select(string.Concat);
        Gen<string> number = digits.Zip(Gen.Choose(-29, 29), (d, e) => $"{d}e{e}");

        Prop.ForAll(number.ToArbitrary(), Same).Check(Config.QuickThrowOnFailure.WithMaxTest(20_000));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData(".")]
    [InlineData("e5")]
    [InlineData("1e")]
    [InlineData("1e+")]
    [InlineData("1e5x")]
    [InlineData("1ee5")]
    [InlineData("1x")]
    [InlineData("--1")]
    public void TryParse_OfNoNumber_IsFalse(string text) => Assert.False(NumberText.TryParse(Encoding.ASCII.GetBytes(text), out _));

    private static void Same(string text)
    {
        // The bytes behind a number in its file are whatever comes next there.
        byte[] bytes = Encoding.ASCII.GetBytes(text + ",1234567");

        Assert.True(NumberText.TryParse(bytes, text.Length, out double behind), text);
        Assert.True(NumberText.TryParse(bytes.AsSpan(0, text.Length), out double alone), text);

        long expected = BitConverter.DoubleToInt64Bits(double.Parse(text, CultureInfo.InvariantCulture));
        Assert.Equal((text, expected, expected), (text, BitConverter.DoubleToInt64Bits(behind), BitConverter.DoubleToInt64Bits(alone)));
    }
}
