namespace MlOps.Learning.Tables.Parsing;

/// <summary>Counts line ends: LF, CRLF and a CR alone are one each, as an editor shows them.</summary>
internal static class LineCounter
{
    public static int Count(ReadOnlySpan<byte> bytes)
    {
        int lines = bytes.Count((byte)'\n');
        for (int at = bytes.IndexOf((byte)'\r'); at >= 0; at = bytes.IndexOf((byte)'\r'))
        {
            if (at + 1 == bytes.Length || bytes[at + 1] != (byte)'\n')
                lines++;
            bytes = bytes[(at + 1)..];
        }

        return lines;
    }
}
