using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;

namespace MlOps.Cli.Moving;

/// <summary>Values of rows, which may be null; SQLite itself would read a text as the number 0.</summary>
internal static class SqliteValues
{
    public static string? TextOf(this SqliteDataReader row, int column) => row.IsDBNull(column) ? null : Convert.ToString(row.GetValue(column), CultureInfo.InvariantCulture);

    /// <exception cref="FormatException">It is no number; names table and column.</exception>
    public static long? WholeOf(this SqliteDataReader row, int column) => row.GetValue(column) switch
    {
        DBNull => null,
        long whole => whole,
        double number => (long)number,
        var other => throw NoNumber(row, column, other),
    };

    /// <inheritdoc cref="WholeOf"/>
    public static double NumberOf(this SqliteDataReader row, int column) => row.GetValue(column) switch
    {
        long whole => whole,
        double number => number,
        var other => throw NoNumber(row, column, other),
    };

    private static FormatException NoNumber(SqliteDataReader row, int column, object value)
    {
        DbColumn? named = row.GetColumnSchema().ElementAtOrDefault(column);
        return new FormatException($"column {named?.BaseColumnName ?? row.GetName(column)} of table {named?.BaseTableName ?? "?"} holds '{value}', which is no number");
    }
}
