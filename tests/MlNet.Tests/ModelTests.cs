using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.MlNet.Tests;

/// <summary>What every family's model holds to: file, determinism, signature, importance, odd rows, threads.</summary>
public sealed class ModelTests
{
    private static readonly Table Rows = Fits.Mixed(500);

    public static TheoryData<string, LearningTask> All => Fits.All;

    public static TheoryData<string> Families => [.. Fits.Families];

    [Theory]
    [MemberData(nameof(All))]
    public void Load_SavedModel_ScoresAndSavesAlike(string family, LearningTask task)
    {
        IModel model = Fit(family, task);
        byte[] file = Fits.Bytes(model);
        IModel loaded = Fits.Load(file);
        Assert.Equal(model.Score(Rows).Scores, loaded.Score(Rows).Scores);
        Assert.Equal(file, Fits.Bytes(loaded));
        Assert.Equal((family, task), (loaded.Trainer, loaded.Signature.Task));
        Assert.Equal(model.Importance, loaded.Importance);
        Assert.Equivalent(model.Signature, loaded.Signature, strict: true);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Fit_SameSeed_SameBytesOnAnyThreads(string family, LearningTask task)
    {
        TrainingSpec spec = Fits.MixedSpec(task, Sampled(family));
        byte[] one = Fits.Bytes(Fits.Fit(family, spec with { Threads = 1 }, Rows));
        Assert.Equal(one, Fits.Bytes(Fits.Fit(family, spec with { Threads = 2 }, Rows)));
    }

    [Theory]
    [InlineData("mlnet.fasttree")]
    [InlineData("mlnet.fastforest")]
    [InlineData("mlnet.lightgbm")]
    [InlineData("mlnet.sdca")]
    public void Fit_OtherSeed_OtherModel(string family)
    {
        TrainingSpec spec = Fits.MixedSpec(LearningTask.Binary, Sampled(family));
        Assert.NotEqual(Fits.Fit(family, spec, Rows).Score(Rows).Scores, Fits.Fit(family, spec with { Seed = 7 }, Rows).Score(Rows).Scores);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Score_AnyTask_GivesSharesOrNumbersInTheTargetsUnit(string family, LearningTask task)
    {
        IModel model = Fit(family, task);
        Predictions scores = model.Score(Rows);
        Assert.Equal(Rows.RowCount, scores.Count);
        Assert.All(scores.Scores, s => Assert.True(double.IsFinite(s)));
        if (task == LearningTask.Regression)
        {
            double[] truth = ((NumberColumn)Rows["y"]).Values.ToArray();
            Assert.Equal(truth.Average(), scores.Scores.Average(), tolerance: 0.4);
            return;
        }

        Assert.All(scores.Scores, s => Assert.InRange(s, 0, 1));
        for (int row = 0; task == LearningTask.Multiclass && row < scores.Count; row++)
            Assert.Equal(1, scores.Scores.AsSpan(row * 4, 4).ToArray().Sum(), tolerance: 1e-9);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Score_MissingUnseenAndFarValues_GivesAScore(string family, LearningTask task)
    {
        IModel model = Fit(family, task);
        Table odd = new(
        [
            new NumberColumn("a", [double.NaN, 1e300, -1e300, 0]),
            new NumberColumn("b", [double.NaN, 0, 0, 0]),
            CategoryColumn.From("c", [null, "never seen", "a", "b"]),
            new BooleanColumn("d", [-1, 0, 1, 1]),
            new TimestampColumn("e", [TimestampColumn.Missing, 0, DateTime.MaxValue.Ticks, DateTime.UnixEpoch.Ticks]),
        ]);
        double[] scores = model.Score(odd).Scores;
        Assert.Equal(task == LearningTask.Multiclass ? 16 : 4, scores.Length);
        Assert.DoesNotContain(scores, double.IsNaN);
        Assert.Empty(model.Score(odd.Take([])).Scores);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Score_RowByRowAndAllAtOnce_IsTheSame(string family)
    {
        IModel model = Fit(family, LearningTask.Multiclass);
        double[] all = model.Score(Rows).Scores;
        for (int row = 0; row < 20; row++)
            Assert.Equal(all.AsSpan(row * 4, 4).ToArray(), model.Score(Rows.Take([row])).Scores);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Score_FromManyThreads_IsTheSame(string family)
    {
        IModel model = Fit(family, LearningTask.Binary);
        double[] expected = model.Score(Rows).Scores;
        Parallel.For(0, 32, _ => Assert.Equal(expected, model.Score(Rows).Scores));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Importance_OfAFit_NamesTheFeaturesThatMatter(string family, LearningTask task)
    {
        IModel model = Fit(family, task);
        Assert.Equal(["a", "b", "c", "d", "e"], model.Importance.Select(i => i.Feature).Order(StringComparer.Ordinal));
        Assert.Equal(1, model.Importance.Sum(i => i.Share), tolerance: 1e-9);
        Assert.Contains(model.Importance[0].Feature, new[] { "a", "c" });
        Assert.True(model.Importance.Single(i => i.Feature == "e").Share < 0.1);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Signature_OfAFit_KnowsLevelsAndMissing(string family)
    {
        ModelSignature signature = Fit(family, LearningTask.Binary).Signature;
        Assert.Equal(["no", "yes"], signature.Classes);
        Assert.Equal(["a", "b", "c", "d", "e", "f", "g", "h"], signature.Inputs[2].Levels);
        Assert.Equal([false, true, true, false, false], signature.Inputs.Select(i => i.Optional));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Fit_PositiveClassGiven_IsTheScoredOne(string family)
    {
        TrainingSpec spec = Fits.MixedSpec(LearningTask.Binary, Fits.Few(family)) with { PositiveClass = "no" };
        IModel model = Fits.Fit(family, spec, Rows);
        Assert.Equal(["yes", "no"], model.Signature.Classes);
        Assert.True(Fits.Metrics(model, Rows).Find("auc") > 0.8);
    }

    private static (string, object)[] Sampled(string family) => family switch
    {
        "mlnet.fasttree" or "mlnet.fastforest" or "mlnet.lightgbm" => [("trees", 8), ("subsample", 0.7), ("columnSample", 0.8)],
        _ => Fits.Few(family),
    };

    private static IModel Fit(string family, LearningTask task) => Fits.Fit(family, Fits.MixedSpec(task, Fits.Few(family)), Rows);
}
