using System.Runtime.InteropServices;
using MlOps.Learning;
using MlOps.Learning.Exporting;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Bench.Learning;

/// <summary>One model in both formats, and rows, in a folder: what both sides of a comparison are given.</summary>
internal sealed record ScoringCase(string Folder, int Trees, int Rows)
{
    public const int Inputs = 28;

    private const int TrainingRows = 100_000;

    public string Model => Path.Combine(Folder, $"model-{Trees}.mlmodel");

    public string Xgboost => Path.Combine(Folder, $"model-{Trees}.json");

    /// <summary>Single precision, row-major: all that XGBoost keeps of a number.</summary>
    public string RowsFile => Path.Combine(Folder, $"rows-{Rows}.f32");

    /// <summary>Trains gbdt of depth 6 and writes it for both.</summary>
    public static ScoringCase Make(string folder, int trees, int rows)
    {
        var made = new ScoringCase(folder, trees, rows);
        var spec = new TrainingSpec
        {
            Task = LearningTask.Binary,
            Target = "y",
            Parameters = new Dictionary<string, string> { ["trees"] = $"{trees}", ["depth"] = "6", ["learningRate"] = "0.1" },
        };
        IModel model = TrainerCatalog.Default.Get("gbdt").Fit(spec, TableOf(Draw(TrainingRows, 1)).With(Target(TrainingRows)), null, null, CancellationToken.None);
        using (FileStream file = File.Create(made.Model))
            model.Save(file);
        using (FileStream file = File.Create(made.Xgboost))
            ModelExporter.Export(model, "xgboost-json", file);
        File.WriteAllBytes(made.RowsFile, MemoryMarshal.AsBytes(Draw(rows, 2).AsSpan()));
        return made;
    }

    public static float[] ReadRows(string file) => MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(file)).ToArray();

    public static Table TableOf(float[] rows) => new([.. Enumerable.Range(0, Inputs).Select(i =>
        new NumberColumn($"f{i}", [.. Enumerable.Range(0, rows.Length / Inputs).Select(row => (double)rows[(row * Inputs) + i])]))]);

    private static float[] Draw(int rows, ulong seed)
    {
        var random = new SeededRandom(seed);
        return [.. Enumerable.Range(0, rows * Inputs).Select(_ => (float)random.NextGaussian())];
    }

    private static CategoryColumn Target(int rows)
    {
        float[] x = Draw(rows, 1);
        var random = new SeededRandom(3);
        return CategoryColumn.From("y", Enumerable.Range(0, rows).Select(row => Margin(x.AsSpan(row * Inputs, Inputs)) + random.NextGaussian() > 0 ? "yes" : "no"));
    }

    /// <summary>Something of every input, so that trees ask for all of them.</summary>
    private static double Margin(ReadOnlySpan<float> row)
    {
        double sum = row[0] * row[1];
        for (int i = 0; i < row.Length; i++)
            sum += Math.Sin((1 + (i % 3)) * row[i]) * (i + 1) / Inputs;
        return sum;
    }
}
