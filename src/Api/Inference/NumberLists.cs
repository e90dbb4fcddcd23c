using MlOps.Domain.Serving;
using MlOps.Learning.Tables.Parsing;

namespace MlOps.Api.Inference;

/// <summary>
/// Lists of plain numbers, <c>[[5, 29.75], [-1.0, 0]]</c>, from the bytes in one pass, without a token between. False where anything else
/// stands, a null as well as what is no JSON: <see cref="FeatureReader"/> then reads it from the beginning.
/// </summary>
internal static class NumberLists
{
    /// <summary>Rows, as lists.</summary>
    public static bool TryRows(ReadOnlySpan<byte> json, FeatureRows rows)
    {
        int at = 0;
        if (!Take(json, ref at, (byte)'['))
            return false;
        do
        {
            int start = rows.Count * rows.Width;
            rows.Add();
            if (!TryList(json, ref at, rows.Values[start..]))
                return false;
        }
        while (Take(json, ref at, (byte)','));
        return Take(json, ref at, (byte)']') && JsonScan.NextToken(json, at) == json.Length;
    }

    /// <summary>One list of all the values.</summary>
    public static bool TryFlat(ReadOnlySpan<byte> json, Span<double> values)
    {
        int at = 0;
        return TryList(json, ref at, values) && JsonScan.NextToken(json, at) == json.Length;
    }

    private static bool TryList(ReadOnlySpan<byte> json, ref int at, Span<double> values)
    {
        if (!Take(json, ref at, (byte)'['))
            return false;
        int next = at;
        for (int i = 0; i < values.Length; i++)
        {
            if (i > 0 && !Take(json, ref next, (byte)','))
                return false;
            next = JsonScan.NextToken(json, next);
            if (!JsonNumber.TryRead(json, ref next, out double value))
                return false;
            values[i] = value;
        }

        at = next;
        return Take(json, ref at, (byte)']');
    }

    private static bool Take(ReadOnlySpan<byte> json, ref int at, byte sign)
    {
        at = JsonScan.NextToken(json, at);
        if (at >= json.Length || json[at] != sign)
            return false;
        at++;
        return true;
    }
}
