using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MlOps.Domain.Serving.Log;
using MlOps.Domain.Serving.Units;
using MlOps.Learning;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Serving;

public sealed class SegmentLinesTests
{
    private static readonly ModelSignature Signature = new(
        LearningTask.Binary,
        "churn",
        [new("tenure", ColumnType.Number, true), new("contract \"type\"", ColumnType.Category, true, ["monthly", "zwölf\n"]), new("partner", ColumnType.Boolean, true)],
        ["No", "Yes \"now\""]);

    [Fact]
    public void Write_OfNumbers_GivesTheLinesOfTheirTable() =>
        Prop.ForAll(Gen.Choose(0, 1_000_000).ToArbitrary(), seed =>
        {
            RecordedRows numbers = Rows(new SeededRandom((ulong)seed));
            Assert.Equal(Lines(new RecordedRows(numbers.ToTable()), seed), Lines(numbers, seed));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));

    private static RecordedRows Rows(SeededRandom random)
    {
        int rows = 1 + random.Next(4);
        var values = new double[rows * 3];
        var texts = new Dictionary<int, string>();
        for (int row = 0; row < rows; row++)
        {
            values[row * 3] = Number(random);
            values[(row * 3) + 1] = random.Next(3) is var level && level < 2 ? level : double.NaN;
            values[(row * 3) + 2] = random.Next(3) is var flag && flag < 2 ? flag : double.NaN;
            if (double.IsNaN(values[(row * 3) + 1]) && random.Next(2) == 0)
                texts[(row * 3) + 1] = "new \"level\"";
        }

        return new RecordedRows(Signature, values, texts.Count == 0 ? null : texts);
    }

    private static double Number(SeededRandom random) => random.Next(9) switch
    {
        0 => double.NaN,
        1 => -0.0,
        2 => 0,
        3 => random.Next(100_000) - 50_000,
        4 => 1e15,
        5 => -999_999_999_999_999,
        6 => double.Epsilon,
        7 => 1e300 * random.NextGaussian(),
        _ => random.NextGaussian(),
    };

    private static string Lines(RecordedRows rows, int seed)
    {
        string id = seed % 2 == 0 ? "r-\"1\"" : $"r-{seed}";
        DateTimeOffset time = DateTimeOffset.UnixEpoch.AddTicks((seed % 5) switch { 0 => 0, 1 => seed, 2 => seed * 10_000L, 3 => seed * 10_000_000L, _ => seed * 1_000_000L });
        var predictions = new Predictions(LearningTask.Binary, Signature.Classes, [.. Enumerable.Range(0, rows.Count).Select(r => r / 4.0)]);
        var arrival = new Arrival(seed % 3 == 0 ? ulong.MaxValue - (ulong)seed : 0, seed % 4 == 0 ? 0 : 1 + (seed % UnitCluster.Count), IsNamed: seed % 7 < 3);
        var record = new PredictionRecord("churn", 3, id, time, rows, predictions) { Arrival = arrival };
        return Encoding.UTF8.GetString(SegmentLines.Of(record));
    }
}
