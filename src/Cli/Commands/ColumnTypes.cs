using MlOps.Learning.Tables;

namespace MlOps.Cli.Commands;

/// <summary>`column=type` of options as column types.</summary>
internal static class ColumnTypes
{
    private static readonly Dictionary<string, ColumnType> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        ["number"] = ColumnType.Number,
        ["numerical"] = ColumnType.Number,
        ["category"] = ColumnType.Category,
        ["categorical"] = ColumnType.Category,
        ["boolean"] = ColumnType.Boolean,
        ["timestamp"] = ColumnType.Timestamp,
        ["text"] = ColumnType.Text,
    };

    /// <exception cref="MlOpsException">Invalid <c>column-type</c>.</exception>
    public static IReadOnlyDictionary<string, ColumnType> Parse(IReadOnlyDictionary<string, string> types) =>
        types.ToDictionary(t => t.Key, t => Parse(t.Value, t.Key));

    /// <inheritdoc cref="Parse(IReadOnlyDictionary{string, string})"/>
    public static ColumnType Parse(string type, string column) => Names.TryGetValue(type, out ColumnType known)
        ? known
        : throw MlOpsException.Invalid("column-type", $"'{type}' is no column type for '{column}'; valid: number, category, boolean, timestamp, text");
}
