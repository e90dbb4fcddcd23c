using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MlOps.Learning.Metrics;
using MlOps.Learning.Tables;
using MlOps.Learning.Tests.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Tests.Trainers;

/// <summary>Trees that grow on bins which were filled while a file was read, or taken from a table, are those that grow on its numbers.</summary>
public sealed class BinnedTrainingTests
{
    private const int MoreThanTheSample = 205_000;

    [Fact]
    public void ReadAsync_AnyFile_SameModelAndScoresAsFromTheTable() => Prop.ForAll(Arb.From(BinnedCase.Any), @case =>
    {
        Table table = Read(@case), streamed = Stream(@case);
        Assert.All(BinnedCase.Numbers, name => Assert.IsNotType<NumberColumn>(streamed[name]));
        IModel expected = Make.Fit(@case.Trainer, @case.Spec, table), model = Make.Fit(@case.Trainer, @case.Spec, streamed);
        Assert.Equal(Make.Bytes(expected), Make.Bytes(model));
        Assert.Equal(expected.Score(table).Scores, model.Score(streamed).Scores);
        Assert.Equal(
            ModelMetrics.Compute(expected, table, @case.Spec.Target, @case.Spec.Weight).Values,
            ModelMetrics.Compute(model, streamed, @case.Spec.Target, @case.Spec.Weight).Values);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void ReadAsync_AnyFile_SameBinsAsFromTheTable() => Prop.ForAll(Arb.From(BinnedCase.Any), @case =>
    {
        Table table = Read(@case), streamed = Stream(@case);
        Table taken = Rows(@case, table, [.. Enumerable.Range(0, table.RowCount)]).Training;
        Assert.Equal(table.ColumnNames, streamed.ColumnNames);
        Assert.All(table.ColumnNames, name => Assert.Equal(Csv.Formatted(taken[name]), Csv.Formatted(streamed[name])));
        Assert.All(BinnedCase.Numbers, name => Assert.Equal(
            Enumerable.Range(0, table.RowCount).Select(table[name].IsMissing), Enumerable.Range(0, table.RowCount).Select(streamed[name].IsMissing)));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Training_AnySplit_SameModelAndScoresAsFromCopies() => Prop.ForAll(Arb.From(BinnedCase.Any), @case =>
    {
        Table table = Read(@case);
        int[] order = [.. Enumerable.Range(0, table.RowCount)];
        new SeededRandom((ulong)@case.Seed).Shuffle<int>(order);
        (int[] training, int[] validation, int[] test) = (order[..(order.Length / 2)], order[(order.Length / 2)..^10], order[^10..]);
        TrainingRows rows = Rows(@case, table, training);
        IModel expected = Make.Fit(@case.Trainer, @case.Spec, table.Take(training), table.Take(validation));
        IModel model = Make.Fit(@case.Trainer, @case.Spec, rows.Training, rows.Take(validation));
        Assert.Equal(Make.Bytes(expected), Make.Bytes(model));
        Assert.Equal(expected.Score(table.Take(test)).Scores, model.Score(rows.Take(test)).Scores);
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("trees=3", "\n")]
    [InlineData("trees=3 calibrate=platt", "\n")]
    [InlineData("trees=2", "\n\n")]
    public async Task ReadAsync_MoreRowsThanTheSample_SameModel(string parameters, string lineEnd)
    {
        byte[] file = Large(lineEnd);
        TrainingSpec spec = Make.Spec(LearningTask.Binary, "y", [.. parameters.Split(' ').Select(p => p.Split('=')).Select(p => (p[0], (object)p[1]))]);
        Table streamed = await TrainingCsv.ReadAsync(new MemoryStream(file), CsvOptions.Default, TrainerCatalog.Default.Get("gbdt"), spec, CancellationToken.None);
        Assert.IsNotType<NumberColumn>(streamed["a"]);
        Assert.Equal(Make.Bytes(Make.Fit("gbdt", spec, await Csv.ReadAsync(file))), Make.Bytes(Make.Fit("gbdt", spec, streamed)));
    }

    [Theory]
    [InlineData("a,y\n1,0\n2,1\nthree,1\n")]
    [InlineData("a,y\n1,0\n2,1\n9007199254740993,1\n")]
    [InlineData("a,y\ntrue,0\nfalse,1\n")]
    [InlineData("a,y\n1,0\n-Infinity,1\n")]
    [InlineData("a,y\n1,0\n1,1\n")]
    [InlineData("a,y\n,0\n,1\n")]
    public async Task ReadAsync_NumbersThatAreNone_ReadsAsATable(string csv)
    {
        Table table = await Csv.ReadAsync(csv), read = await StreamAsync(csv);
        Assert.Equal(table.Schema.Columns, read.Schema.Columns);
        Assert.Equal(table["a"].GetType(), read["a"].GetType());
        Assert.Equal(Csv.Formatted(table["a"]), Csv.Formatted(read["a"]));
    }

    [Theory]
    [InlineData("a,y\n1,0\n2,1,2\n3,1\n")]
    [InlineData("a,y\n1,0\n2,\"1\n")]
    [InlineData("a,a\n1,0\n")]
    [InlineData("")]
    public async Task ReadAsync_ProblemsOfTheFile_SaysTheSameAsATable(string csv)
    {
        MlOpsException expected = await Csv.FailAsync(csv), e = await Assert.ThrowsAsync<MlOpsException>(() => StreamAsync(csv));
        Assert.Equal((expected.Kind, expected.Code, expected.Message), (e.Kind, e.Code, e.Message));
    }

    [Fact]
    public async Task ReadAsync_FewRows_ReadsAsATable()
    {
        Table read = await TrainingCsv.ReadAsync(
            new MemoryStream("a,y\n1,0\n2,1\n"u8.ToArray()), CsvOptions.Default, TrainerCatalog.Default.Get("gbdt"), Make.Spec(LearningTask.Binary, "y"), CancellationToken.None);
        Assert.IsType<NumberColumn>(read["a"]);
    }

    [Fact]
    public void Training_InfiniteNumber_RefusedAsFromACopy()
    {
        var table = new Table([new NumberColumn("a", [1, 2, double.PositiveInfinity, 4]), new NumberColumn("y", [1, 2, 3, 4])]);
        TrainingSpec spec = Make.Spec(LearningTask.Regression, "y");
        var rows = new TrainingRows(TrainerCatalog.Default.Get("gbdt"), spec, table, [0, 1, 2], CancellationToken.None);
        Assert.Equal(Make.FitError("gbdt", spec, table.Take([0, 1, 2])).Message, Make.FitError("gbdt", spec, rows.Training).Message);
    }

    [Theory]
    [InlineData("linear", "maxIterations")]
    [InlineData("gbdt", "bins")]
    public async Task Fit_BinsOfAnotherTrainer_Throws(string trainer, string parameter)
    {
        Table read = await StreamAsync("a,y\n1,0\n2,1\n3,1\n");
        Assert.Throws<ArgumentException>(() => Make.Fit(trainer, Make.Spec(LearningTask.Binary, "y", (parameter, 9)), read));
    }

    private static Table Read(BinnedCase @case) => CsvReader.ReadAsync(new MemoryStream(@case.Csv()), @case.Options, CancellationToken.None).GetAwaiter().GetResult();

    private static Table Stream(BinnedCase @case) => TrainingCsv.ReadAsync(
        new MemoryStream(@case.Csv()), @case.Options, TrainerCatalog.Default.Get(@case.Trainer), @case.Spec, CancellationToken.None, leastRows: 0).GetAwaiter().GetResult();

    private static Task<Table> StreamAsync(string csv) => TrainingCsv.ReadAsync(
        new MemoryStream(Encoding.UTF8.GetBytes(csv)), CsvOptions.Default, TrainerCatalog.Default.Get("gbdt"), Make.Spec(LearningTask.Binary, "y"), CancellationToken.None, leastRows: 0);

    private static TrainingRows Rows(BinnedCase @case, Table table, int[] training) =>
        new(TrainerCatalog.Default.Get(@case.Trainer), @case.Spec, table, training, CancellationToken.None);

    private static byte[] Large(string lineEnd)
    {
        var random = new SeededRandom(5);
        var csv = new StringBuilder("a,b,y\n");
        for (int row = 0; row < MoreThanTheSample; row++)
        {
            double a = random.NextGaussian(), b = random.NextGaussian();
            csv.Append(CultureInfo.InvariantCulture, $"{a:G5},{b:G5},{(a + b + random.NextGaussian() > 0 ? 1 : 0)}").Append(lineEnd);
        }

        return Encoding.UTF8.GetBytes(csv.ToString());
    }
}
