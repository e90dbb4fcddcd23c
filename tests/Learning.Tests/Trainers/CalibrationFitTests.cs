using FsCheck;
using FsCheck.Fluent;
using MlOps.Learning.Metrics;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Tests.Trainers;

public sealed class CalibrationFitTests
{
    [Fact]
    public void Isotonic_AnyRows_RisesAndKeepsTheMeanOfEveryStep() => Prop.ForAll(Gen.Choose(1, 100_000).ToArbitrary(), seed =>
    {
        (double[] margins, double[] truths) = Draw(80, (ulong)seed, 1);
        ScoreCalibration fitted = CalibrationFit.Of(ScoreCalibration.Isotonic, margins, truths, null);
        Assert.Null(fitted.Problem);
        Assert.Equal(truths.Sum(), margins.Sum(fitted.Apply), 1e-9);
        double[] calibrated = [.. margins.Order().Select(fitted.Apply)];
        Assert.Equal(calibrated.Order(), calibrated);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Isotonic_ByHand_PoolsWhatFalls()
    {
        ScoreCalibration fitted = CalibrationFit.Of(ScoreCalibration.Isotonic, [1, 2, 3, 4, 5], [0, 1, 0, 0, 1], null);
        Assert.Equal([1, 2, 4, 5], fitted.Margins);
        Assert.Equal([0, 1 / 3.0, 1 / 3.0, 1], fitted.Probabilities);
        Assert.Equal(new[] { 0, 0, 1 / 6.0, 1 / 3.0, 2 / 3.0, 1, 1 }.Select(p => Math.Round(p, 12)), new[] { -9, 1, 1.5, 3, 4.5, 5, 9 }.Select(m => Math.Round(fitted.Apply(m), 12)));
    }

    [Fact]
    public void Platt_MarginsThatAreTooSure_FindsTheLine()
    {
        (double[] margins, double[] truths) = Draw(40_000, 7, 3);
        ScoreCalibration fitted = CalibrationFit.Of(ScoreCalibration.Platt, margins, truths, null);
        Assert.Equal(1 / 3.0, fitted.Margins[0], 0.02);
        Assert.Equal(0, fitted.Margins[1], 0.04);
        int[] weights = [.. Enumerable.Range(0, margins.Length).Select(i => i % 3)];
        int[] repeated = [.. Enumerable.Range(0, margins.Length).SelectMany(i => Enumerable.Repeat(i, weights[i]))];
        ScoreCalibration byWeight = CalibrationFit.Of(ScoreCalibration.Platt, margins, truths, [.. weights.Select(w => (double)w)]);
        ScoreCalibration byRepeating = CalibrationFit.Of(ScoreCalibration.Platt, [.. repeated.Select(i => margins[i])], [.. repeated.Select(i => truths[i])], null);
        Assert.Equal(byRepeating.Margins[0], byWeight.Margins[0], 1e-6);
    }

    [Theory]
    [InlineData("platt")]
    [InlineData("isotonic")]
    public void Fit_Calibrated_LowersTheLossOfATooSureModelAndSurvivesItsFile(string method)
    {
        (string, object)[] parameters = [("trees", 60), ("minChildWeight", 0), ("learningRate", 0.5)];
        Table test = Unsure(3_000, 2), training = Unsure(1_500, 1);
        double plain = LogLoss(Make.Fit("gbdt", Make.MixedSpec(LearningTask.Binary, parameters), training), test);
        TrainingSpec spec = Make.MixedSpec(LearningTask.Binary, [.. parameters, ("calibrate", method)]);
        IModel model = Make.Fit("gbdt", spec, training);
        Assert.True(LogLoss(model, test) < 0.9 * plain, $"{LogLoss(model, test)} {plain}");

        IModel loaded = ModelFile.Load(Make.Bytes(model));
        double[] scores = loaded.Score(test).Scores;
        Assert.Equal(model.Score(test).Scores, scores);
    }

    /// <summary>Else the steps of isotonic fit the held rows by construction, and what is measured on them is no figure of new rows.</summary>
    [Fact]
    public void Fit_CalibratedWithValidation_IsNoBetterOnThoseRowsThanOnNewOnes()
    {
        (string, object)[] parameters = [("trees", 60), ("minChildWeight", 0), ("learningRate", 0.5), ("calibrate", "isotonic")];
        Table test = Unsure(3_000, 2), validation = Unsure(300, 3);
        IModel model = Make.Fit("gbdt", Make.MixedSpec(LearningTask.Binary, parameters), Unsure(1_500, 1), validation);
        Assert.InRange(ModelMetrics.Compute(model, validation, "two").Values["ece"], 0.02, 1);
        Assert.InRange(LogLoss(model, validation), 0.9 * LogLoss(model, test), 2);
    }

    [Fact]
    public void Fit_Calibrated_LearnsFromTheOtherRowsOnly()
    {
        Table rows = Make.Mixed(1_000);
        TrainingSpec spec = Make.MixedSpec(LearningTask.Binary, ("trees", 2), ("calibrate", "platt"));
        IModel model = Make.Fit("gbdt", spec, rows), watched = Make.Fit("gbdt", spec, rows, Make.Mixed(500, 9));
        Assert.Equal(800, ModelFile.Read(Make.Bytes(model)).Header.Metadata["rows"]);
        Assert.Equal(model.Score(rows).Scores, watched.Score(rows).Scores);
    }

    private static double LogLoss(IModel model, Table rows)
    {
        Predictions scores = model.Score(rows);
        return Enumerable.Range(0, rows.RowCount).Average(i => -Math.Log(Math.Clamp(scores.Probability(i, rows["two"].Format(i) == "yes" ? 1 : 0), 1e-6, 1)));
    }

    private static Table Unsure(int rows, ulong seed)
    {
        Table table = Make.Mixed(rows, seed);
        var random = new SeededRandom(seed + 50);
        return table.With(CategoryColumn.From("two", ((NumberColumn)table["y"]).Values.ToArray().Select(y => random.NextDouble() < 1 / (1 + Math.Exp(1 - y)) ? "yes" : "no")));
    }

    /// <summary>Margins that are so many times what they should be.</summary>
    private static (double[] Margins, double[] Truths) Draw(int rows, ulong seed, double tooSure)
    {
        var random = new SeededRandom(seed);
        double[] right = [.. Enumerable.Range(0, rows).Select(_ => 2 * random.NextGaussian())];
        return ([.. right.Select(m => m * tooSure)], [.. right.Select(m => random.NextDouble() < 1 / (1 + Math.Exp(-m)) ? 1.0 : 0)]);
    }
}
