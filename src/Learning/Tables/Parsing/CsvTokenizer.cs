using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MlOps.Learning.Tables.Parsing;

/// <summary>
/// Finds where the fields of a block end, 64 bytes at a time. A quote counts only at the beginning of a field, as RFC 4180
/// has it; in the middle of an unquoted field it stands for itself.
/// </summary>
internal sealed class CsvTokenizer(char delimiterChar, TableProblems problems)
{
    private const byte Quote = (byte)'"';
    private const byte Cr = (byte)'\r';
    private const byte Lf = (byte)'\n';

    private readonly byte _delimiter = (byte)delimiterChar;

    /// <summary>Column names, once the header is known, for messages.</summary>
    public IReadOnlyList<string> Names { get; set; } = [];

    /// <summary>Tokenises the header: the first row that is not blank decides the number of columns.</summary>
    public void TokenizeHeader(CsvBlock block) => Tokenize(block, headerOnly: true);

    /// <summary>Tokenises every whole row of the block; rows of another number of fields are problems and left out.</summary>
    public void Tokenize(CsvBlock block) => Tokenize(block, headerOnly: false);

    private void Tokenize(CsvBlock block, bool headerOnly)
    {
        block.EnsureEnds();
        ReadOnlySpan<byte> bytes = block.Bytes;
        int[] ends = block.EndBuffer;
        int row = 0;
        int n = 1;
        bool spoiled = false;
        ends[0] = block.Start - 1;
        block.Rows = 0;
        int window = block.Start;
        while (window < bytes.Length)
        {
            ulong specials = Specials(block.Buffer, window, bytes.Length);
            int next = window + 64;
            while (specials != 0)
            {
                int at = window + BitOperations.TrailingZeroCount(specials);
                specials &= specials - 1;
                byte b = bytes[at];
                if (b == _delimiter)
                {
                    ends[n++] = at;
                    continue;
                }

                if (b == Quote)
                {
                    if (at != ends[n - 1] + 1)
                        continue;
                    int after = AfterClosingQuote(block, bytes, at, n - row, ref spoiled);
                    if (after < 0)
                    {
                        Finish(block, ends[row] + 1);
                        return;
                    }

                    if (after - window < 64)
                        specials &= ulong.MaxValue << (after - window);
                    else
                        (next, specials) = (after, 0);
                    continue;
                }

                int last = at;
                if (b == Cr)
                {
                    if (at + 1 == bytes.Length && !block.IsLast)
                        break;
                    if (at + 1 < bytes.Length && bytes[at + 1] == Lf)
                    {
                        last = at + 1;
                        if (last - window < 64)
                            specials &= specials - 1;
                        else
                            next = last + 1;
                    }
                }

                ends[n++] = at;
                bool blank = n - row == 2 && ends[row] + 1 == at;
                if (headerOnly && !blank)
                {
                    block.Columns = n - 1 - row;
                    ends.AsSpan(row, n - row).CopyTo(ends);
                    block.Rows = 1;
                    Finish(block, last + 1);
                    return;
                }

                if (n - 1 - row == block.Columns && !blank && !spoiled)
                {
                    block.Rows++;
                    row = n;
                }
                else
                {
                    if (!blank && !spoiled)
                        AddRagged(block, ends[row] + 1, n - 1 - row);
                    n = row;
                    spoiled = false;
                }

                ends[n++] = last;
                row = n - 1;
            }

            window = next;
        }

        Finish(block, ends[row] + 1);
    }

    private static void Finish(CsvBlock block, int consumed) => block.Consumed = consumed;

    /// <summary>A bit for each of 64 bytes that is a delimiter, a quote or part of a line end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong Specials(byte[] buffer, int window, int length)
    {
        ref byte first = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(buffer), window);
        ulong mask = Specials(Vector256.LoadUnsafe(ref first)) | ((ulong)Specials(Vector256.LoadUnsafe(ref first, 32)) << 32);
        return length - window < 64 ? mask & ((1UL << (length - window)) - 1) : mask;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Specials(Vector256<byte> bytes) =>
        (Vector256.Equals(bytes, Vector256.Create(_delimiter)) | Vector256.Equals(bytes, Vector256.Create(Quote))
        | Vector256.Equals(bytes, Vector256.Create(Lf)) | Vector256.Equals(bytes, Vector256.Create(Cr))).ExtractMostSignificantBits();

    /// <summary>The byte after the quoted field that opens at <paramref name="open"/>, or -1 when the block has not all of it.</summary>
    private int AfterClosingQuote(CsvBlock block, ReadOnlySpan<byte> bytes, int open, int column, ref bool spoiled)
    {
        int at = open + 1;
        while (true)
        {
            int quote = bytes[at..].IndexOf(Quote);
            if (quote < 0 || at + quote + 1 == bytes.Length)
                break;
            at += quote + 1;
            if (bytes[at] != Quote)
                return CheckAfterQuote(block, bytes[at], at, column, ref spoiled);
            at++;
        }

        if (block.IsLast)
            problems.Add(new TableProblem(block.LineAt(open), column, "csv-unclosed-quote", $"line {block.LineAt(open)}, {Place(column)}: the quote that opens here is never closed"));
        return -1;
    }

    private int CheckAfterQuote(CsvBlock block, byte next, int at, int column, ref bool spoiled)
    {
        if (next == _delimiter || next is Cr or Lf || spoiled)
            return at;
        spoiled = true;
        problems.Add(new TableProblem(block.LineAt(at), column, "csv-after-quote",
            $"line {block.LineAt(at)}, {Place(column)}: the quoted field ends but '{(char)next}' follows; write a quote inside a quoted field twice"));
        return at;
    }

    private void AddRagged(CsvBlock block, int offset, int fields)
    {
        long line = block.LineAt(offset);
        problems.Add(new TableProblem(line, 0, "csv-ragged-row",
            $"line {line}: {fields} {(fields == 1 ? "field" : "fields")}, expected {block.Columns} as in the header; a field that contains '{(char)_delimiter}' or a line break must be quoted"));
    }

    private string Place(int column) => column <= Names.Count ? $"column {column} '{Names[column - 1]}'" : $"column {column}";
}
