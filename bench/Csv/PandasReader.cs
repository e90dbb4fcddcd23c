using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using MlOps.Learning.Tables;

namespace MlOps.Bench.Csv;

/// <summary>Runs peers/csv_pandas.py; null where Python has no pandas.</summary>
internal static class PandasReader
{
    // The first may be an environment without pandas where Debian's own has it.
    private static readonly string[] Pythons = ["python3", "/usr/bin/python3"];

    public static double[]? Seconds(string script, CsvFileSample file, TableSchema schema, int rows, int runs, out string version)
    {
        foreach (string python in Pythons)
        {
            if (Seconds(python, script, file, schema, rows, runs, out version) is { } seconds)
                return seconds;
        }

        Console.Error.WriteLine("pandas left out: no python3 has it (Debian: apt-get install python3-pandas)");
        version = "";
        return null;
    }

    private static double[]? Seconds(string python, string script, CsvFileSample file, TableSchema schema, int rows, int runs, out string version)
    {
        version = "";
        var start = new ProcessStartInfo(python) { RedirectStandardOutput = true, RedirectStandardError = true };
        string[] arguments = [script, file.Path, runs.ToString(CultureInfo.InvariantCulture), "--category", Names(schema, ColumnType.Category), "--dates", Names(schema, ColumnType.Timestamp)];
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            if (!errors.Result.Contains("No module named 'pandas'"))
                throw new InvalidOperationException($"{python} {script} failed: {errors.Result}");
            return null;
        }

        using JsonDocument json = JsonDocument.Parse(output);
        int read = json.RootElement.GetProperty("rows").GetInt32();
        if (read != rows)
            throw new InvalidOperationException($"pandas read {read} rows of {file.Name}, we {rows}");
        version = json.RootElement.GetProperty("version").GetString()!;
        return [.. json.RootElement.GetProperty("seconds").EnumerateArray().Select(s => s.GetDouble())];
    }

    private static string Names(TableSchema schema, ColumnType type) => string.Join(',', schema.Columns.Where(c => c.Type == type).Select(c => c.Name));
}
