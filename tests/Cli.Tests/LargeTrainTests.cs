using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MlOps.Domain.Training;
using MlOps.Learning;
using MlOps.Learning.Metrics;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Cli.Tests;

/// <summary>`train` on so many rows that their numbers are not kept: the model and what is said of it are those of a fit on the table.</summary>
public sealed class LargeTrainTests : FileCommandTest
{
    [Theory]
    [InlineData("gbdt", "trees=3", null)]
    [InlineData("gbdt", "trees=5", "0.1")]
    [InlineData("forest", "trees=2", null)]
    public async Task Train_ManyRows_SameModelAndMetricsAsOnTheTable(string trainer, string set, string? holdOut)
    {
        string file = await WriteAsync();
        string[] held = holdOut is null ? [] : ["--hold-out", holdOut];

        Cli trained = await Cli.RunAsync(["train", "--input", file, "--target", "y", "--task", "binary", "--trainer", trainer, "--set", set, "--set", "depth=4", .. held, "--out", Folder["model"], "--json"]);

        await using FileStream stream = File.OpenRead(file);
        Table table = await CsvReader.ReadAsync(stream, CsvOptions.Default, CancellationToken.None);
        var spec = new TrainingSpec { Task = LearningTask.Binary, Target = "y", Parameters = new Dictionary<string, string> { [set.Split('=')[0]] = set.Split('=')[1], ["depth"] = "4" } };
        (Table training, Table? watched) = (table, null);
        if (holdOut is not null)
        {
            DataSplit split = DataSplitter.Split(table, new SplitSpec(Test: double.Parse(holdOut, CultureInfo.InvariantCulture), Validation: 0, Seed: spec.Seed), "y", spec.Task);
            (training, watched) = (table.Take(split.Train), table.Take(split.Test));
        }

        IModel model = TrainerCatalog.Default.Get(trainer).Fit(spec, training, watched, null, CancellationToken.None);
        using var bytes = new MemoryStream();
        model.Save(bytes);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes.ToArray())), (string)trained.Json["modelHash"]!);
        MetricSet metrics = ModelMetrics.Compute(model, watched ?? training, "y");
        Assert.All(metrics.Values, metric => Assert.Equal(metric.Value, (double)trained.Json["metrics"]![metric.Key]!));
        Assert.Equal(table.RowCount, (int)trained.Json["rows"]!);
    }

    private async Task<string> WriteAsync()
    {
        var random = new SeededRandom(8);
        var csv = new StringBuilder("a,b,level,y\n");
        for (int row = 0; row < TrainingCsv.LeastRows + 3_000; row++)
        {
            (double a, double b, int level) = (random.NextGaussian(), random.NextGaussian(), random.Next(4));
            csv.Append(CultureInfo.InvariantCulture, $"{a:G4},{b:G4},l{level},{(a + level + random.NextGaussian() > 1 ? 1 : 0)}\n");
        }

        string file = Folder["many.csv"];
        await File.WriteAllTextAsync(file, csv.ToString());
        return file;
    }
}
