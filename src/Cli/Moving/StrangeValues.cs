using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace MlOps.Cli.Moving;

/// <summary>
/// What reading a value throws that is not as MLflow writes it: a text in a column of numbers, a time after the year 9999, a key that is null.
/// It is told of its run, and keeps none of the others.
/// </summary>
internal static class StrangeValues
{
    public static bool AreIn(Exception e) =>
        e is InvalidOperationException or InvalidCastException or FormatException or ArgumentException or KeyNotFoundException or OverflowException or JsonException or SqliteException;

    /// <summary>The run, or what is known of it.</summary>
    public static MovedRun Read(string id, Func<MovedRun> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (AreIn(e))
        {
            return MovedRun.Strange(id, e);
        }
    }
}
