using MlOps.Learning;
using MlOps.Learning.Metrics;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.MlNet.Tests;

/// <summary>Tables, specs and fits for the families' tests.</summary>
internal static class Fits
{
    public static readonly TrainerCatalog Catalog = MlNetTrainers.AddTo(TrainerCatalog.Default);

    public static readonly string[] Families = [.. MlNetTrainers.All.Select(t => t.Name)];

    /// <summary>Every family with every task.</summary>
    public static TheoryData<string, LearningTask> All
    {
        get
        {
            var all = new TheoryData<string, LearningTask>();
            foreach (string family in Families)
            {
                foreach (LearningTask task in Enum.GetValues<LearningTask>())
                    all.Add(family, task);
            }

            return all;
        }
    }

    /// <summary>A fit of a second or less.</summary>
    public static (string Name, object Value)[] Few(string family) => family switch
    {
        "mlnet.gam" => [("iterations", 30), ("learningRate", 0.1)],
        "mlnet.sdca" => [("maxIterations", 10)],
        "mlnet.lbfgs" => [("maxIterations", 30), ("l1", 0.01), ("l2", 0.01)],
        _ => [("trees", 8)],
    };

    public static TrainingSpec Spec(LearningTask task, string target, params (string Name, object Value)[] parameters) => new()
    {
        Task = task,
        Target = target,
        Parameters = parameters.ToDictionary(p => p.Name, p => FormattableString.Invariant($"{p.Value}")),
    };

    /// <summary>Numbers (one with holes), a category with holes, a flag and a time decide `y` (0 or more), `two` and `four` (classes).</summary>
    public static Table Mixed(int rows, ulong seed = 1)
    {
        var random = new SeededRandom(seed);
        double[] a = [.. Enumerable.Range(0, rows).Select(_ => random.NextGaussian())];
        double[] b = [.. Enumerable.Range(0, rows).Select(_ => random.NextDouble() < 0.2 ? double.NaN : random.NextGaussian() * 100)];
        int[] c = [.. Enumerable.Range(0, rows).Select(_ => random.Next(9) - 1)];
        sbyte[] d = [.. Enumerable.Range(0, rows).Select(_ => (sbyte)random.Next(2))];
        long[] e = [.. Enumerable.Range(0, rows).Select(i => DateTime.UnixEpoch.AddHours(400_000 + (i % 500)).Ticks)];
        double[] y = [.. Enumerable.Range(0, rows).Select(i =>
            Math.Max(0, 3 + a[i] + (double.IsNaN(b[i]) ? 1.5 : b[i] / 100 * (d[i] - 0.5)) + (c[i] % 3) + (0.1 * random.NextGaussian())))];
        return new Table(
        [
            new NumberColumn("a", a),
            new NumberColumn("b", b),
            new CategoryColumn("c", c, ["h", "g", "f", "e", "d", "c", "b", "a"]),
            new BooleanColumn("d", d),
            new TimestampColumn("e", e),
            new NumberColumn("y", y),
            CategoryColumn.From("two", y.Select(v => v > 4 ? "yes" : "no")),
            CategoryColumn.From("four", y.Select(v => v > 5 ? "high" : v > 4 ? "middle" : v > 3 ? "low" : "none")),
        ]);
    }

    public static TrainingSpec MixedSpec(LearningTask task, params (string Name, object Value)[] parameters) =>
        Spec(task, task switch { LearningTask.Binary => "two", LearningTask.Multiclass => "four", _ => "y" }, parameters) with
        {
            Features = ["a", "b", "c", "d", "e"],
        };

    public static IModel Fit(string family, TrainingSpec spec, Table training, Table? validation = null) =>
        Catalog.Get(family).Fit(spec, training, validation, null, CancellationToken.None);

    public static byte[] Bytes(IModel model)
    {
        using var stream = new MemoryStream();
        model.Save(stream);
        return stream.ToArray();
    }

    public static IModel Load(byte[] file) => ModelFile.Load(file, Catalog.Formats);

    public static async Task<Table> SampleAsync(string file)
    {
        await using FileStream stream = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "data", file));
        return await CsvReader.ReadAsync(stream, CsvOptions.Default, CancellationToken.None);
    }

    /// <summary>Every fifth row is held out.</summary>
    public static (Table Training, Table Test) Split(Table table) => (
        table.Take([.. Enumerable.Range(0, table.RowCount).Where(i => i % 5 != 0)]),
        table.Take([.. Enumerable.Range(0, table.RowCount).Where(i => i % 5 == 0)]));

    public static MetricSet Metrics(IModel model, Table test) => ModelMetrics.Compute(model, test, model.Signature.Target);
}
