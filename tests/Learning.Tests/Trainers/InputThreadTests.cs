using System.Globalization;
using System.Text;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Tests.Trainers;

/// <summary>Threads that read and threads that fit never change the model, of whatever file.</summary>
public sealed class InputThreadTests
{
    /// <summary>More than one chunk of a histogram.</summary>
    private const int Rows = 34_000;

    /// <summary>So that threads have many blocks to take.</summary>
    private const int BlockBytes = 16 << 10;

    private static readonly (byte[] Csv, byte[] JsonLines) Files = Write();

    public static TheoryData<string, string, LearningTask> Fits => new()
    {
        { "gbdt", "trees=3", LearningTask.Binary },
        { "gbdt", "trees=2 leaves=20 depth=0 subsample=0.7", LearningTask.Regression },
        { "forest", "trees=2 minLeafRows=20", LearningTask.Binary },
        { "forest", "trees=2 kind=extraTrees minLeafRows=20", LearningTask.Regression },
        { "linear", "maxIterations=4", LearningTask.Binary },
        { "linear", "maxIterations=4", LearningTask.Regression },
        { "baseline", "answer=stump", LearningTask.Regression },
    };

    [Theory]
    [MemberData(nameof(Fits))]
    public async Task Fit_AnyFileReadByAnyThreads_SameBytes(string trainer, string parameters, LearningTask task)
    {
        TrainingSpec spec = Make.Spec(task, task == LearningTask.Binary ? "two" : "y", [.. parameters.Split(' ').Select(p => p.Split('=')).Select(p => (p[0], (object)p[1]))]) with { Features = ["a", "b", "c"] };
        byte[] one = await FitAsync("csv", trainer, spec with { Threads = 1 });
        foreach (string kind in new[] { "csv", "csv into bins", "json lines" })
        {
            for (int threads = 1; threads <= 3; threads++)
                Assert.Equal(one, await FitAsync(kind, trainer, spec with { Threads = threads }));
        }
    }

    private static async Task<byte[]> FitAsync(string kind, string trainer, TrainingSpec spec)
    {
        var csv = new CsvOptions { Threads = spec.Threads, BlockBytes = BlockBytes };
        Table rows = kind switch
        {
            "csv" => await CsvReader.ReadAsync(new MemoryStream(Files.Csv), csv, CancellationToken.None),
            "csv into bins" => await TrainingCsv.ReadAsync(new MemoryStream(Files.Csv), csv, TrainerCatalog.Default.Get(trainer), spec, CancellationToken.None, leastRows: 0),
            _ => await JsonLinesReader.ReadAsync(new MemoryStream(Files.JsonLines), new JsonLinesOptions { Threads = spec.Threads, BlockBytes = BlockBytes }, CancellationToken.None),
        };
        Assert.Equal(kind != "csv into bins" || trainer is "linear" or "baseline", rows["a"] is NumberColumn);
        return Make.Bytes(Make.Fit(trainer, spec, rows));
    }

    private static (byte[] Csv, byte[] JsonLines) Write()
    {
        var random = new SeededRandom(11);
        (StringBuilder csv, StringBuilder lines) = (new("a,b,c,y,two\n"), new());
        for (int row = 0; row < Rows; row++)
        {
            (double a, double b, int level) = (random.NextGaussian(), random.NextGaussian(), random.Next(9));
            bool missing = row > 0 && random.Next(9) == 0;
            double y = a + (missing ? 1 : b * a) + (level % 3) + (0.3 * random.NextGaussian());
            string two = y > 1 ? "yes" : "no";
            csv.Append(CultureInfo.InvariantCulture, $"{a:R},{(missing ? "" : b.ToString("R", CultureInfo.InvariantCulture))},l{level},{y:R},{two}\n");
            lines.Append(CultureInfo.InvariantCulture, $"{{\"a\":{a:R},\"b\":{(missing ? "null" : b.ToString("R", CultureInfo.InvariantCulture))},\"c\":\"l{level}\",\"y\":{y:R},\"two\":\"{two}\"}}\n");
        }

        return (Encoding.UTF8.GetBytes(csv.ToString()), Encoding.UTF8.GetBytes(lines.ToString()));
    }
}
