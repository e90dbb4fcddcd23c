namespace MlOps.Learning.Tables.Parsing;

/// <summary>Files that are often taken for text.</summary>
internal static class FileSignature
{
    private static readonly (byte[] Bytes, string What)[] Known =
    [
        ([0xFF, 0xFE], "UTF-16 text; save it as UTF-8"),
        ([0xFE, 0xFF], "UTF-16 text; save it as UTF-8"),
        ([0x1F, 0x8B], "compressed by gzip; decompress it first"),
        ([0x28, 0xB5, 0x2F, 0xFD], "compressed by zstd; decompress it first"),
        ([.. "PK\u0003\u0004"u8], "a zip archive or an Excel workbook; export the sheet as CSV (UTF-8)"),
        ([.. "PAR1"u8], "a Parquet file; export it as CSV"),
    ];

    public static void ThrowIfNotText(ReadOnlySpan<byte> file)
    {
        foreach ((byte[] bytes, string what) in Known)
        {
            if (file.StartsWith(bytes))
                throw MlOpsException.Invalid("file-not-text", $"the file is {what}");
        }
    }
}
