namespace MlOps.Learning.Tables.Parsing;

/// <summary>Reads a column of a file as numbers, as <see cref="ColumnReader"/> would, into wherever they are wanted.</summary>
/// <param name="declared">The type was given, so that whole numbers beyond 2^53 are numbers too.</param>
internal sealed class NumberFields(string name, int index, bool declared, MissingTexts missing)
{
    public string Name => name;

    public int Index => index;

    /// <summary>The column, if it is given as numbers or its first value in this block is one; null also where it has none here.</summary>
    public static NumberFields? Of(string name, int index, CsvBlock block, TableReadOptions options)
    {
        var missing = new MissingTexts(options.MissingValues);
        if (options.Types.TryGetValue(name, out ColumnType given))
            return given == ColumnType.Number ? new(name, index, declared: true, missing) : null;
        return BeginsWithNumber(new FieldColumn(block, index), missing) ? new(name, index, declared: false, missing) : null;
    }

    /// <returns>False when one is neither a number nor missing.</returns>
    public bool TryRead(in FieldColumn fields, int from, Span<double> into) => into.Length == (declared
        ? FieldValues<double, NumberParser>.Read(fields, from, into, missing)
        : FieldValues<double, InferredNumberParser>.Read(fields, from, into, missing));

    private static bool BeginsWithNumber(in FieldColumn fields, MissingTexts missing)
    {
        for (int row = 0; row < fields.Rows; row++)
        {
            ReadOnlySpan<byte> field = fields[row];
            if (!missing.Contains(field) && !missing.Contains(field.Trim((byte)' ')))
                return InferredNumberParser.TryParse(field, field.Length, out _);
        }

        return false;
    }
}
