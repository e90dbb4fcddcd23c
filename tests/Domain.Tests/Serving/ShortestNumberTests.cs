using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MlOps.Domain.Serving.Log;
using MlOps.Learning;

namespace MlOps.Domain.Tests.Serving;

public sealed class ShortestNumberTests
{
    [Fact]
    public void Format_OfAnyDouble_IsAsTheRuntimeWritesIt() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            var random = new SeededRandom((ulong)seed);
            for (int i = 0; i < 200; i++)
                AssertSame(Number(random));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    [Fact]
    public void Format_AroundPowersOfTwoAndTen_IsAsTheRuntimeWritesIt()
    {
        for (int power = -13; power < 50; power++)
            AssertSameAround(Math.ScaleB(1, power));
        for (int power = -4; power <= 15; power++)
            AssertSameAround(double.Parse($"1e{power}", CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-0.0)]
    [InlineData(9.9e-5)]
    [InlineData(1e15)]
    [InlineData(double.NaN)]
    [InlineData(double.NegativeInfinity)]
    public void Format_OfAnotherSize_IsRefused(double value) => Assert.False(ShortestNumber.TryFormat(value, new byte[ShortestNumber.MaxLength], out _));

    private static void AssertSameAround(double value)
    {
        for (long step = -20; step <= 20; step++)
            AssertSame(BitConverter.Int64BitsToDouble(BitConverter.DoubleToInt64Bits(value) + step));
    }

    private static void AssertSame(double value)
    {
        byte[] text = new byte[ShortestNumber.MaxLength];
        if (ShortestNumber.TryFormat(value, text, out int length))
            Assert.Equal(value.ToString("R", CultureInfo.InvariantCulture), Encoding.ASCII.GetString(text, 0, length));
        else
            Assert.False(Math.Abs(value) is >= 1e-4 and < 1e15);
    }

    /// <summary>Probabilities, decimals of all lengths, any size, any bits.</summary>
    private static double Number(SeededRandom random) => random.Next(5) switch
    {
        0 => random.NextDouble(),
        1 => Math.Round(random.NextGaussian() * 1000, random.Next(15)),
        2 => random.NextGaussian() * Math.Pow(10, random.Next(20) - 5),
        3 => random.Next(1_000_000) / 16.0,
        _ => BitConverter.UInt64BitsToDouble((random.NextUInt64() & 0x800F_FFFF_FFFF_FFFF) | ((ulong)(1009 + random.Next(65)) << 52)),
    };
}
