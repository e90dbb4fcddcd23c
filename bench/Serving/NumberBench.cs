using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using MlOps.Learning;
using MlOps.Learning.Tables.Parsing;

namespace MlOps.Bench.Serving;

/// <summary>Numbers of a JSON list, by our own digit scanner and by the reader of System.Text.Json. Both walk over the list; the reader's walk alone is measured too.</summary>
internal static class NumberBench
{
    private const int Numbers = 100_000;
    private const int Turns = 50;

    /// <summary>Until then the runtime compiles.</summary>
    private static readonly TimeSpan Warm = TimeSpan.FromSeconds(1);

    private delegate double Sum(ReadOnlySpan<byte> json);

    /// <param name="samples">The folder with the data sets that come with the project.</param>
    public static void Run(string samples)
    {
        var random = new SeededRandom(7);
        Console.WriteLine("| a number of a list, ns (least of 50 turns of 100,000) | scanner | GetSingle | GetDouble | reader, walk alone | GetSingle / scanner |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|");
        foreach (string table in new[] { "diamonds", "telco-churn", "letters" })
            Table(table, Path.Combine(samples, table + ".csv"));
        Row("flag (0 or 1)", _ => random.Next(2).ToString(CultureInfo.InvariantCulture));
        Row("whole, two digits", _ => random.Next(100).ToString(CultureInfo.InvariantCulture));
        Row("one decimal (5.1)", _ => ((1 + random.Next(79)) / 10.0).ToString(CultureInfo.InvariantCulture));
        Row("two decimals (29.75)", _ => (random.Next(1_000_000) / 100.0).ToString(CultureInfo.InvariantCulture));
        Row("of single precision (0.12345678)", _ => ((float)random.NextGaussian()).ToString(CultureInfo.InvariantCulture));
        Row("of double precision (17 digits)", _ => random.NextGaussian().ToString("R", CultureInfo.InvariantCulture));
        Console.WriteLine();
    }

    /// <summary>The numbers of a real table, row by row.</summary>
    private static void Table(string name, string file)
    {
        string[] numbers = [.. File.ReadLines(file).Skip(1).SelectMany(line => line.Split(',')).Where(IsNumber)];
        Row(name + ", all its numbers", i => numbers[i % numbers.Length]);
    }

    private static bool IsNumber(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    private static void Row(string name, Func<int, string> number)
    {
        byte[] json = Encoding.ASCII.GetBytes($"[{string.Join(", ", Enumerable.Range(0, Numbers).Select(number))}]");
        double scanner = Measure(json, Scanned), single = Measure(json, Singles), whole = Measure(json, Doubles), walk = Measure(json, Walked);
        Console.WriteLine(FormattableString.Invariant($"| {name} | {scanner:0.0} | {single:0.0} | {whole:0.0} | {walk:0.0} | {single / scanner:0.0} |"));
    }

    private static double Measure(byte[] json, Sum sum)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < Warm)
            sum(json);
        double least = double.MaxValue;
        for (int turn = 0; turn < Turns; turn++)
        {
            long began = Stopwatch.GetTimestamp();
            double total = sum(json);
            least = Math.Min(least, Stopwatch.GetElapsedTime(began).TotalNanoseconds / Numbers);
            if (double.IsNaN(total))
                throw new InvalidOperationException("no number");
        }

        return least;
    }

    private static double Scanned(ReadOnlySpan<byte> json)
    {
        double sum = 0;
        for (int at = 1; at < json.Length; at += 2)
        {
            if (!JsonNumber.TryRead(json, ref at, out double value))
                return double.NaN;
            sum += value;
        }

        return sum;
    }

    private static double Singles(ReadOnlySpan<byte> json)
    {
        double sum = 0;
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
            sum += reader.TokenType == JsonTokenType.Number ? reader.GetSingle() : 0;
        return sum;
    }

    private static double Doubles(ReadOnlySpan<byte> json)
    {
        double sum = 0;
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
            sum += reader.TokenType == JsonTokenType.Number ? reader.GetDouble() : 0;
        return sum;
    }

    private static double Walked(ReadOnlySpan<byte> json)
    {
        double tokens = 0;
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
            tokens++;
        return tokens;
    }
}
