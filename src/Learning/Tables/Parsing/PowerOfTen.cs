using System.Numerics;

namespace MlOps.Learning.Tables.Parsing;

/// <summary>
/// Whole numbers below 2^64 times a power of ten from -27 to 27, as the nearest double: by the first 128 bits of the power, of which 64 nearly
/// always suffice (D. Lemire, "Number Parsing at a Gigabyte per Second", Software: Practice and Experience 51, 2021). Within these powers
/// no product is in doubt, so that there is nothing to fall back to.
/// </summary>
internal static class PowerOfTen
{
    private const int Most = 27;

    private const int MantissaBits = 52;
    private const int Bias = 1023;

    /// <summary>Bits of a product's high half behind the mantissa, its leading bit, one to round by and one that may be a leading zero.</summary>
    private const int Spare = 64 - MantissaBits - 3;

    /// <summary>Ties are only possible where five to this power, or what is left of the digits without it, fits the mantissa.</summary>
    private const int LeastTie = -4, MostTie = 23;

    /// <summary>The first 128 bits of five to the power, the highest set; of negative powers rounded up.</summary>
    private static readonly UInt128[] Fives = [.. Enumerable.Range(-Most, (2 * Most) + 1).Select(Five)];

    /// <summary>False for powers beyond <see cref="Most"/>.</summary>
    public static bool TryTimes(ulong digits, int power, out double value)
    {
        bool known = (uint)(power + Most) <= 2 * Most;
        value = known ? Times(digits, power) : 0;
        return known;
    }

    private static double Times(ulong digits, int power)
    {
        if (digits == 0)
            return 0;
        int zeros = BitOperations.LeadingZeroCount(digits);
        (ulong high, ulong low) = Product(digits << zeros, Fives[power + Most]);
        int carried = (int)(high >> 63);
        ulong mantissa = high >> (carried + Spare);
        int exponent = Log2(power) + carried - zeros + Bias;
        if (low <= 1 && power is >= LeastTie and <= MostTie && (mantissa & 3) == 1 && mantissa << (carried + Spare) == high)
            mantissa--;
        mantissa = (mantissa + (mantissa & 1)) >> 1;
        // Rounding up may have carried into the next power of two, which the exponent takes by itself.
        return BitConverter.UInt64BitsToDouble(mantissa + ((ulong)(exponent - 1) << MantissaBits));
    }

    /// <summary>The first 128 bits of the product, exact enough to round by.</summary>
    private static (ulong High, ulong Low) Product(ulong digits, UInt128 five)
    {
        ulong high = Math.BigMul(digits, (ulong)(five >> 64), out ulong low);
        if ((high & ((1UL << Spare) - 1)) != (1UL << Spare) - 1)
            return (high, low);
        ulong more = Math.BigMul(digits, (ulong)five, out _);
        low += more;
        return (low < more ? high + 1 : high, low);
    }

    /// <summary>The exponent of the highest bit of 2^63 times ten to the power, after its bits in <see cref="Fives"/> (217706 / 2^16 is log2(10)).</summary>
    private static int Log2(int power) => ((217706 * power) >> 16) + 63;

    private static UInt128 Five(int power)
    {
        UInt128 five = 1;
        for (int i = 0; i < Math.Abs(power); i++)
            five *= 5;
        return power >= 0 ? five << (int)UInt128.LeadingZeroCount(five) : Reciprocal(five);
    }

    /// <summary>2^(127 + n) / <paramref name="number"/>, rounded up, where 2^n is the first power of two that is not below it.</summary>
    private static UInt128 Reciprocal(UInt128 number)
    {
        (UInt128 quotient, UInt128 rest) = UInt128.DivRem(UInt128.One << 127, number);
        for (UInt128 power = 1; power < number; power <<= 1)
        {
            (quotient, rest) = (quotient << 1, rest << 1);
            if (rest >= number)
                (quotient, rest) = (quotient + 1, rest - number);
        }

        return quotient + 1;
    }
}
