using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.MlNet.Tests;

public sealed class ErrorTests
{
    private static readonly Table Rows = Fits.Mixed(200);

    public static TheoryData<string> Families => [.. Fits.Families];

    [Theory]
    [MemberData(nameof(Families))]
    public void Fit_UnknownParameter_ListsTheKnown(string family)
    {
        MlOpsException error = FitError(family, Fits.MixedSpec(LearningTask.Binary, ("textNgram", 5)));
        Assert.Equal("training-parameter", error.Code);
        Assert.Contains($"trainer '{family}': unknown parameter 'textNgram'; did you mean 'textNgrams'? (known: ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mlnet.fasttree", "leaves", 1, "leaves = 1 violates leaves >= 2")]
    [InlineData("mlnet.fastforest", "subsample", 1.5, "subsample = 1.5 violates subsample <= 1")]
    [InlineData("mlnet.lightgbm", "trees", 0, "trees = 0 violates trees >= 1")]
    [InlineData("mlnet.sdca", "tolerance", 0, "violates tolerance >= 1E-09")]
    [InlineData("mlnet.lbfgs", "history", 2.5, "history = 2.5 is not a whole number")]
    [InlineData("mlnet.gam", "bins", 300, "bins = 300 violates bins <= 255")]
    public void Fit_ParameterOutOfRange_SaysTheRange(string family, string name, double value, string expected) =>
        Assert.Contains(expected, FitError(family, Fits.MixedSpec(LearningTask.Binary, (name, value))).Message, StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(Families))]
    public void Fit_EveryLimitOfEveryParameter_FitsOrSaysWhy(string family)
    {
        foreach (TrainerParameter parameter in Fits.Catalog.Get(family).Parameters.Where(p => p.Name is not ("trees" or "iterations" or "maxIterations")))
        {
            foreach (double limit in new[] { parameter.Minimum, parameter.Maximum })
            {
                (string, object)[] few = [.. Fits.Few(family).Where(f => f.Name != parameter.Name), (parameter.Name, limit)];
                MlOpsException? error = Record.Exception(() => Fits.Fit(family, Fits.MixedSpec(LearningTask.Binary, few), Rows)) switch
                {
                    null => null,
                    MlOpsException e => e,
                    { } other => throw new InvalidOperationException($"{parameter.Name} = {limit}", other),
                };
                Assert.True(error is null or { Code: "training-failed" }, $"{parameter.Name} = {limit}: {error}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Score_AbsentColumn_IsNamed(string family)
    {
        IModel model = Fits.Fit(family, Fits.MixedSpec(LearningTask.Binary, Fits.Few(family)), Rows);
        MlOpsException error = Assert.Throws<MlOpsException>(() => model.Score(Rows.Without("a").Without("c")));
        Assert.Equal("model-input", error.Code);
        Assert.Contains("column 'a' is absent", error.Message, StringComparison.Ordinal);
        Assert.Contains("column 'c' is absent", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fit_LbfgsNegativeTarget_SaysWhichAndWhatToUse()
    {
        Table rows = Fits.Mixed(20).With(new NumberColumn("y", [.. Enumerable.Range(0, 20).Select(i => i - 3.0)]));
        MlOpsException error = Assert.Throws<MlOpsException>(() => Fits.Fit("mlnet.lbfgs", Fits.MixedSpec(LearningTask.Regression), rows));
        Assert.Equal("training-target", error.Code);
        Assert.Contains("target 'y' is -3 in row 1", error.Message, StringComparison.Ordinal);
        Assert.Contains("use mlnet.sdca", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Get_UnknownFamily_ListsTheFamiliesAndNoPackage()
    {
        MlOpsException error = Assert.Throws<MlOpsException>(() => Fits.Catalog.Get("mlnet.fastree"));
        Assert.Contains("did you mean 'mlnet.fasttree'? (valid: gbdt, linear, forest, baseline, mlnet.fasttree, ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("package", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_WithoutTheFormat_NamesThePackage()
    {
        byte[] file = Fits.Bytes(Fits.Fit("mlnet.sdca", Fits.MixedSpec(LearningTask.Binary, ("maxIterations", 1)), Rows));
        MlOpsException error = Assert.Throws<MlOpsException>(() => ModelFile.Load(file));
        Assert.Equal("model-file", error.Code);
        Assert.Contains("need the package MlOps.MlNet", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 1, 2, 3, 4 })]
    public void Load_ArchiveThatIsNone_IsADamagedFile(byte[] archive)
    {
        ModelContent content = ModelFile.Read(Fits.Bytes(Fits.Fit("mlnet.sdca", Fits.MixedSpec(LearningTask.Binary, ("maxIterations", 1)), Rows)));
        var damaged = new ModelContent(content.Header);
        foreach ((string name, string type) in new[] { ("mean", "d"), ("inverseDeviation", "d"), ("valueColumn", "i"), ("missingColumn", "i"), ("levelColumn", "i"), ("columns", "i"), ("targetScale", "d") })
            _ = type == "d" ? damaged.Add<double>(name, content.Get<double>(name)) : damaged.Add<int>(name, content.Get<int>(name));
        using var stream = new MemoryStream();
        ModelFile.Write(damaged.Add<byte>("archive", archive), stream);
        Assert.Equal("model-file", Assert.Throws<MlOpsException>(() => Fits.Load(stream.ToArray())).Code);
    }

    [Theory]
    [InlineData("mlnet.fasttree", "trees", 100_000)]
    [InlineData("mlnet.fastforest", "trees", 100_000)]
    [InlineData("mlnet.lightgbm", "trees", 100_000)]
    [InlineData("mlnet.sdca", "maxIterations", 1_000_000)]
    [InlineData("mlnet.lbfgs", "maxIterations", 1_000_000)]
    public async Task Fit_Cancelled_StopsLongBeforeItsEnd(string family, string parameter, int most)
    {
        (string, object)[] precise = family switch
        {
            "mlnet.sdca" => [(parameter, most), ("tolerance", 1e-9)],
            "mlnet.lbfgs" => [(parameter, most), ("tolerance", 1e-12), ("l1", 0), ("l2", 0)],
            _ => [(parameter, most)],
        };
        _ = Fits.Fit(family, Fits.MixedSpec(LearningTask.Binary, Fits.Few(family)), Rows);
        using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        Task fit = Task.Run(() => Fits.Catalog.Get(family).Fit(Fits.MixedSpec(LearningTask.Binary, precise), Fits.Mixed(20_000), null, null, source.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fit.WaitAsync(TimeSpan.FromSeconds(60)));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Fit_CancelledBefore_Throws(string family) => Assert.ThrowsAny<OperationCanceledException>(() =>
        Fits.Catalog.Get(family).Fit(Fits.MixedSpec(LearningTask.Binary), Rows, null, null, new CancellationToken(canceled: true)));

    private static MlOpsException FitError(string family, TrainingSpec spec)
    {
        MlOpsException error = Assert.Throws<MlOpsException>(() => Fits.Fit(family, spec, Rows));
        Assert.Equal(ErrorKind.Invalid, error.Kind);
        return error;
    }
}
