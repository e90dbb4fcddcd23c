namespace MlOps.Learning.Tables.Parsing;

/// <summary>Reads fields as values of one type.</summary>
internal static class FieldValues<T, TParser>
    where TParser : struct, IValueParser<T>
{
    /// <summary>Reads fields from row <paramref name="from"/> on, as many as there is room for.</summary>
    /// <returns>How many were read: the next one is not of the type, nor missing.</returns>
    public static int Read(in FieldColumn column, int from, Span<T> into, MissingTexts missing)
    {
        // A copy in locals, which the loop keeps in registers.
        FieldColumn fields = column;
        bool plain = missing.IsPlain;
        for (int i = 0; i < into.Length; i++)
        {
            ReadOnlySpan<byte> field = fields.From(from + i, out int length);
            if (plain ? length == 0 : missing.Contains(field[..length]))
            {
                into[i] = TParser.Missing;
            }
            else if (!TParser.TryParse(field, length, out into[i]))
            {
                if (!missing.Contains(field[..length].Trim((byte)' ')))
                    return i;
                into[i] = TParser.Missing;
            }
        }

        return into.Length;
    }
}
