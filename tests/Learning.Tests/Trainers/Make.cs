using MlOps.Learning.Tables;
using MlOps.Learning.Tests.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Tests.Trainers;

/// <summary>Tables, specs and fits for the trainers' tests.</summary>
internal static class Make
{
    /// <summary>Two numbers (one with holes), a category with holes, a boolean and a date decide `y` (number), `two` and `four` (classes).</summary>
    public static Table Mixed(int rows, ulong seed = 1)
    {
        var random = new SeededRandom(seed);
        double[] a = [.. Enumerable.Range(0, rows).Select(_ => random.NextGaussian())];
        double[] b = [.. Enumerable.Range(0, rows).Select(_ => random.NextDouble() < 0.2 ? double.NaN : random.NextGaussian() * 100)];
        int[] c = [.. Enumerable.Range(0, rows).Select(_ => random.Next(9) - 1)];
        sbyte[] d = [.. Enumerable.Range(0, rows).Select(_ => (sbyte)random.Next(2))];
        long[] e = [.. Enumerable.Range(0, rows).Select(i => DateTime.UnixEpoch.AddHours(i % 500).Ticks)];
        double[] y = [.. Enumerable.Range(0, rows).Select(i =>
            a[i] + (double.IsNaN(b[i]) ? 1.5 : b[i] / 100 * (d[i] - 0.5)) + (c[i] % 3) + (0.1 * random.NextGaussian()))];
        return new Table(
        [
            new NumberColumn("a", a),
            new NumberColumn("b", b),
            new CategoryColumn("c", c, ["h", "g", "f", "e", "d", "c", "b", "a"]),
            new BooleanColumn("d", d),
            new TimestampColumn("e", e),
            new NumberColumn("y", y),
            CategoryColumn.From("two", y.Select(v => v > 1 ? "yes" : "no")),
            CategoryColumn.From("four", y.Select(v => v > 2 ? "high" : v > 1 ? "middle" : v > 0 ? "low" : "none")),
        ]);
    }

    public static TrainingSpec Spec(LearningTask task, string target, params (string Name, object Value)[] parameters) => new()
    {
        Task = task,
        Target = target,
        Threads = 1,
        Parameters = parameters.ToDictionary(p => p.Name, p => FormattableString.Invariant($"{p.Value}")),
    };

    /// <summary>The parameter that keeps a fit small.</summary>
    public static (string Name, object Value) Few(string trainer, int iterations) => trainer switch
    {
        "linear" => ("maxIterations", iterations),
        "baseline" => ("answer", "stump"),
        _ => ("trees", iterations),
    };

    /// <summary>A spec on the features of <see cref="Mixed"/>.</summary>
    public static TrainingSpec MixedSpec(LearningTask task, params (string Name, object Value)[] parameters) =>
        Spec(task, task switch { LearningTask.Binary => "two", LearningTask.Multiclass => "four", _ => "y" }, parameters) with
        {
            Features = ["a", "b", "c", "d", "e"],
        };

    public static IModel Fit(string trainer, TrainingSpec spec, Table training, Table? validation = null) =>
        TrainerCatalog.Default.Get(trainer).Fit(spec, training, validation, null, CancellationToken.None);

    public static MlOpsException FitError(string trainer, TrainingSpec spec, Table training)
    {
        MlOpsException error = Assert.Throws<MlOpsException>(() => Fit(trainer, spec, training));
        Assert.Equal(ErrorKind.Invalid, error.Kind);
        return error;
    }

    public static byte[] Bytes(IModel model)
    {
        using var stream = new MemoryStream();
        model.Save(stream);
        return stream.ToArray();
    }

    public static async Task<Table> SampleAsync(string file)
    {
        await using FileStream stream = File.OpenRead(Csv.Sample(file));
        return await CsvReader.ReadAsync(stream, CsvOptions.Default, CancellationToken.None);
    }

    /// <summary>Every fifth row is held out.</summary>
    public static (Table Training, Table Test) Split(Table table, int fold = 0) => (
        table.Take([.. Enumerable.Range(0, table.RowCount).Where(i => i % 5 != fold)]),
        table.Take([.. Enumerable.Range(0, table.RowCount).Where(i => i % 5 == fold)]));
}
