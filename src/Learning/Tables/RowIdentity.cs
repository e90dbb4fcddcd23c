using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace MlOps.Learning.Tables;

/// <summary>
/// A number for each row that follows from its values alone, the same in every process. The order of the columns matters, their names
/// and the row's place do not. Two different rows share one with a probability of 2^-64; of a million rows, any two with 3e-8.
/// </summary>
public static class RowIdentity
{
    private const ulong Missing = 0x9E3779B97F4A7C15;

    /// <summary>Different for each row: among equal rows it depends on how many came before.</summary>
    public static ulong[] Of(Table table)
    {
        ulong[] identities = Content(table);
        var seen = new Dictionary<ulong, uint>(identities.Length);
        for (int row = 0; row < identities.Length; row++)
        {
            ref uint before = ref CollectionsMarshal.GetValueRefOrAddDefault(seen, identities[row], out _);
            identities[row] = SplitMix64.Scramble(identities[row] + before++);
        }

        return identities;
    }

    /// <summary>The same for equal rows. 0 and -0 are equal, and so are all missing values.</summary>
    public static ulong[] Content(Table table)
    {
        var identities = new ulong[table.RowCount];
        foreach (Column column in table.Columns)
            Mix(identities, column);
        return identities;
    }

    /// <summary>SHA-256 over the content of every row, in order: equal for the same rows of the same columns.</summary>
    public static string Digest(Table table)
    {
        ulong[] rows = Content(table);
        if (!BitConverter.IsLittleEndian)
            BinaryPrimitives.ReverseEndianness(rows, rows);
        return Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes<ulong>(rows)));
    }

    private static void Mix(ulong[] identities, Column column)
    {
        ulong[]? levels = column is CategoryColumn categories ? [.. categories.Levels.Select(Hash)] : null;
        for (int row = 0; row < identities.Length; row++)
            identities[row] = SplitMix64.Scramble((identities[row] * 31) + ValueOf(column, row, levels) + 1);
    }

    private static ulong ValueOf(Column column, int row, ulong[]? levels) => column.IsMissing(row) ? Missing : column switch
    {
        NumberColumn numbers => BitConverter.DoubleToUInt64Bits(numbers.Values[row] + 0.0),
        CategoryColumn categories => levels![categories.Codes[row]],
        _ => Hash(column.Format(row)!),
    };

    /// <summary>FNV-1a over UTF-16 units: the runtime's own string hash differs from process to process.</summary>
    private static ulong Hash(string text)
    {
        ulong hash = 0xCBF29CE484222325;
        foreach (char c in text)
            hash = (hash ^ c) * 0x100000001B3;
        return hash;
    }
}
