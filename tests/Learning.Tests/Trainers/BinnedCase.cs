using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Tests.Trainers;

/// <summary>A CSV file of all kinds of column, some values missing, and a fit of gbdt or forest to it.</summary>
/// <remarks>The first row has all its numbers: a column is only taken for one of numbers if its first block has one.</remarks>
/// <param name="Parameters">As `--set` has them, one blank between two.</param>
internal sealed record BinnedCase(int Seed, int Rows, string Trainer, LearningTask Task, string Parameters, bool Weighted, int BlockBytes)
{
    public static Gen<BinnedCase> Any { get; } =
        from seed in Gen.Choose(1, 1_000_000)
        from rows in Gen.Choose(300, 700)
        from fit in Gen.Elements<(string Trainer, LearningTask Task, string Parameters)>(
            ("gbdt", LearningTask.Binary, "trees=4"),
            ("gbdt", LearningTask.Binary, "trees=3 calibrate=isotonic"),
            ("gbdt", LearningTask.Binary, "trees=3 bins=20 calibrate=platt monotone=n0:+1,n1:-1"),
            ("gbdt", LearningTask.Regression, "trees=3 subsample=0.7 columnSample=0.6 monotone=n1:+1"),
            ("gbdt", LearningTask.Regression, "trees=20 earlyStop=2 bins=7"),
            ("gbdt", LearningTask.Multiclass, "trees=2 bins=2"),
            ("forest", LearningTask.Binary, "trees=3 minLeafRows=4"),
            ("forest", LearningTask.Regression, "trees=3 kind=extraTrees bins=30"),
            ("forest", LearningTask.Multiclass, "trees=2 subsample=0.5"))
        from weighted in ArbMap.Default.GeneratorFor<bool>()
        from block in Gen.Elements(64, 1000, 1 << 19)
        select new BinnedCase(seed, rows, fit.Trainer, fit.Task, fit.Parameters, weighted, block);

    public CsvOptions Options => new() { BlockBytes = BlockBytes, Types = new Dictionary<string, ColumnType> { ["id"] = ColumnType.Number } };

    public TrainingSpec Spec => new()
    {
        Task = Task,
        Target = Task switch { LearningTask.Binary => "two", LearningTask.Multiclass => "three", _ => "y" },
        Features = ["n1", "c", "n0", "whole", "b", "t", "same", "none", "id"],
        Weight = Weighted ? "w" : null,
        Parameters = Parameters.Split(' ').Select(p => p.Split('=')).ToDictionary(p => p[0], p => p[1]),
        Seed = (ulong)Seed,
    };

    /// <summary>The columns of numbers that have more than one of them.</summary>
    public static IReadOnlyList<string> Numbers { get; } = ["n0", "n1", "whole", "id"];

    public byte[] Csv()
    {
        var random = new SeededRandom((ulong)Seed);
        var csv = new StringBuilder("n0,c,y,two,n1,w,whole,b,t,same,none,three,id\r\n");
        for (int row = 0; row < Rows; row++)
            csv.Append(Row(random, row)).Append(random.Next(5) == 0 ? "\n\n" : "\n");
        return Encoding.UTF8.GetBytes(csv.ToString());
    }

    private static string Row(SeededRandom random, int row)
    {
        (double n0, double n1, int whole) = (random.NextGaussian(), Math.Round(random.NextGaussian(), 1), random.Next(40));
        string level = random.Next(6) switch { 0 => "", 1 => "\"line\nbreak\"", int l => $"level {l}" };
        double y = n0 - (n1 / 3) + (whole / 20.0) + level.Length + random.NextGaussian();
        string[] fields =
        [
            row > 0 && random.Next(9) == 0 ? " " : Text(n0), level, Text(y), y > 8 ? "yes" : "no", row > 0 && random.Next(7) == 0 ? "" : $"\"{Text(n1)}\"", random.Next(4).ToString(CultureInfo.InvariantCulture),
            $"{whole}", random.Next(3) == 0 ? "" : random.Next(2) == 0 ? "true" : "false", $"2026-01-{1 + (whole % 28):00}", "7", "", y > 10 ? "a" : y > 5 ? "b" : "c", $"{9_007_199_254_740_990 + (2 * row)}",
        ];
        return string.Join(',', fields);
    }

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
