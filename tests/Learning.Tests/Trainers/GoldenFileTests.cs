using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Tests.Trainers;

public sealed class GoldenFileTests
{
    /// <summary>Scores differ by no more than what another order of sums or another library of exp and log gives.</summary>
    private const double Tolerance = 1e-12;

    public static TheoryData<string> Names => [.. GoldenModels.Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Load_FileOfThisFormat_ScoresAsWhenItWasWritten(string name)
    {
        if (Environment.GetEnvironmentVariable("MLOPS_WRITE_GOLDEN") == "1" && !File.Exists(GoldenModels.FileOf(name)))
            GoldenModels.Write(name);
        GoldenRows expected = GoldenModels.RowsOf(name);
        byte[] file = File.ReadAllBytes(GoldenModels.FileOf(name));

        IModel model = ModelFile.Load(file);
        Table rows = TableOf(model.Signature, expected.Rows);
        double[] scores = model.Score(rows).Scores;

        Assert.Equal(expected.Scores.Length, scores.Length);
        Assert.All(expected.Scores.Zip(scores), pair => Assert.Equal(pair.First, pair.Second, Tolerance * Math.Max(1, Math.Abs(pair.First))));
        Assert.True(expected.Scores.Distinct().Count() > 1);
        if (expected.Contributions is { } contributions)
            Assert.All(contributions.Zip(GoldenModels.ContributionsOf(model, rows)!), pair => Assert.Equal(pair.First, pair.Second, Tolerance * Math.Max(1, Math.Abs(pair.First))));
    }

    /// <summary>One byte anywhere, also in what the checksum covers anew, is refused or gives a model; never another error.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Load_FileChangedAnywhereWithANewChecksum_IsRefusedOrLoads(string name)
    {
        byte[] file = File.ReadAllBytes(GoldenModels.FileOf(name));
        var random = new SeededRandom(11);
        for (int attempt = 0; attempt < 60; attempt++)
        {
            byte[] changed = [.. file];
            changed[random.Next(file.Length - 32)] ^= (byte)(1 << random.Next(8));
            System.Security.Cryptography.SHA256.HashData(changed.AsSpan(..^32), changed.AsSpan(^32..));
            Exception? error = Record.Exception(() => ModelFile.Load(changed));
            Assert.True(error is null or MlOpsException { Code: "model-file" }, $"{name}, attempt {attempt}: {error}");
        }
    }

    private static Table TableOf(ModelSignature signature, double?[] numbers)
    {
        int width = signature.Inputs.Count;
        return new([.. signature.Inputs.Select((input, i) => ColumnOf(input, [.. Enumerable.Range(0, numbers.Length / width).Select(row => numbers[(row * width) + i] ?? double.NaN)]))]);
    }

    private static Column ColumnOf(FeatureSignature input, double[] values) => input.Type switch
    {
        ColumnType.Category => new CategoryColumn(input.Name, [.. values.Select(v => double.IsNaN(v) ? -1 : (int)v)], input.Levels!),
        ColumnType.Boolean => new BooleanColumn(input.Name, [.. values.Select(v => double.IsNaN(v) ? (sbyte)-1 : (sbyte)v)]),
        ColumnType.Timestamp => new TimestampColumn(input.Name, [.. values.Select(v => DateTime.UnixEpoch.Ticks + (long)(v * TimeSpan.TicksPerSecond))]),
        _ => new NumberColumn(input.Name, values),
    };
}
