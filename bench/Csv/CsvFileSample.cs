namespace MlOps.Bench.Csv;

/// <summary>A file to read.</summary>
internal sealed record CsvFileSample(string Name, string Path)
{
    public double Megabytes => new FileInfo(Path).Length / 1e6;

    /// <summary>The sample files as they are, and diamonds repeated to about the given size.</summary>
    public static IEnumerable<CsvFileSample> All(string samples, string scratch, int megabytes)
    {
        foreach (string name in new[] { "diamonds", "letters", "telco-churn", "chicago-ridership" })
            yield return new CsvFileSample(name, System.IO.Path.Combine(samples, name + ".csv"));
        yield return Repeat(System.IO.Path.Combine(samples, "diamonds.csv"), scratch, megabytes);
    }

    private static CsvFileSample Repeat(string path, string scratch, int megabytes)
    {
        byte[] bytes = File.ReadAllBytes(path);
        int header = Array.IndexOf(bytes, (byte)'\n') + 1;
        string large = System.IO.Path.Combine(scratch, "diamonds-large.csv");
        using FileStream file = File.Create(large);
        file.Write(bytes.AsSpan(0, header));
        while (file.Length < megabytes * 1_000_000L)
            file.Write(bytes.AsSpan(header));
        return new CsvFileSample($"diamonds x {megabytes} MB", large);
    }
}
