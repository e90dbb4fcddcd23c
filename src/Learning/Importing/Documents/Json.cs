namespace MlOps.Learning.Importing.Documents;

internal static class Json
{
    /// <summary>Whether a file begins as a JSON object does.</summary>
    public static bool Begins(ReadOnlySpan<byte> file)
    {
        ReadOnlySpan<byte> text = file.TrimStart(" \t\r\n"u8);
        return text is [(byte)'{', ..] && text[1..].TrimStart(" \t\r\n"u8) is [(byte)'"' or (byte)'}', ..];
    }
}
