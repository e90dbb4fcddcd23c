using MlOps.Learning.Encoders;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Boosting;
using MlOps.Learning.Trainers.Linear;

namespace MlOps.Learning.Tests.Trainers;

/// <summary>What no array can hold is refused in words before anything is allocated.</summary>
public sealed class SizeLimitTests
{
    private const int ManyRows = 3_000_000;
    private const int ManyInputs = 800;
    private static readonly Workers OneThread = new(1, CancellationToken.None);

    [Fact]
    public void Of_AsManyAsAnArrayHolds_IsTheirCount() => Assert.Equal(Array.MaxLength, CellCount.Of(Array.MaxLength, 1, "classes"));

    [Fact]
    public void Of_MoreThanAnArrayHolds_SaysHowManyRowsFit()
    {
        MlOpsException error = Refused(() => CellCount.Of(ManyRows, ManyInputs, "features"));
        Assert.Equal(
            "3,000,000 rows with 800 features are 2,400,000,000 cells, one model can be trained on 2,147,483,591: take 2,684,354 rows or fewer, or leave features out",
            error.Message);
    }

    [Fact]
    public void From_TooManyBins_IsRefused() =>
        Refused(() => BinnedTable.From(Inputs(ManyInputs), [.. Enumerable.Repeat(new NumberBins([0]), ManyInputs)], OneThread));

    [Fact]
    public void From_TooManyDenseCells_IsRefused() =>
        Refused(() => DesignMatrix.From(Inputs(ManyInputs), Encoding(dense: ManyInputs), OneThread));

    [Fact]
    public void Boost_TooManyScores_IsRefused()
    {
        var target = new TargetRows(new double[ManyRows], null);
        Refused(() => new ScoreBoard(new BinnedTable([], ManyRows, 4), new SoftmaxLoss(target, 1000), target));
    }

    [Fact]
    public void Score_TooManyProbabilities_IsRefused()
    {
        var signature = new ModelSignature(LearningTask.Multiclass, "y", [], [.. Enumerable.Range(0, 1000).Select(i => $"c{i}")]);
        Refused(() => new RowBlocks(signature).Score(Inputs(0), (_, _) => { }));
    }

    [Fact]
    public void Fit_LinearOnLevelsTimesClasses_IsRefusedAndNamesBoth()
    {
        const int Rows = 20_500;
        Table rows = new(
        [
            CategoryColumn.From("user", Enumerable.Range(0, Rows).Select(i => $"u{i}")),
            CategoryColumn.From("y", Enumerable.Range(0, Rows).Select(i => $"c{i % 500}")),
        ]);
        MlOpsException error = Refused(() => Make.Fit("linear", Make.Spec(LearningTask.Multiclass, "y", ("maxIterations", 1)), rows));
        Assert.Contains("20,500 encoded columns", error.Message, StringComparison.Ordinal);
        Assert.Contains("500 classes", error.Message, StringComparison.Ordinal);
    }

    private static BoundInputs Inputs(int width) => new([.. Enumerable.Repeat(new MissingReader(), width)], ManyRows);

    private static LinearEncoding Encoding(int dense)
    {
        int[] nowhere = [.. Enumerable.Repeat(-1, dense)];
        return new LinearEncoding(new double[dense], new double[dense], [.. Enumerable.Range(0, dense)], nowhere, nowhere, dense, dense);
    }

    private static MlOpsException Refused(Func<object> act)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        MlOpsException error = Assert.Throws<MlOpsException>(() => { act(); });
        Assert.Equal((ErrorKind.TooLarge, "training-too-large"), (error.Kind, error.Code));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100L << 20);
        return error;
    }
}
