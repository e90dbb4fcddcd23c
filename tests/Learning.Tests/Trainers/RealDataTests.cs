using MlOps.Learning.Metrics;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Tests.Trainers;

/// <summary>Floors just under what was measured; XGBoost 1.7 and scikit-learn 1.2 reach the same on the same rows, see docs/training.md.</summary>
public sealed class RealDataTests
{
    [Fact]
    public async Task Fit_TelcoFiveFold_ReachesAuc()
    {
        Table table = await Make.SampleAsync("telco-churn.csv");
        TrainingSpec spec = Make.Spec(LearningTask.Binary, "churn", ("trees", 50), ("depth", 3), ("learningRate", 0.15));
        double auc = Enumerable.Range(0, 5).Average(fold => Metric("gbdt", spec, Make.Split(table, fold), "auc"));
        Assert.True(auc >= 0.845, $"mean AUC {auc:F4}");
    }

    [Fact]
    public async Task Fit_TelcoLinear_ReachesAuc()
    {
        Table table = await Make.SampleAsync("telco-churn.csv");
        double auc = Metric("linear", Make.Spec(LearningTask.Binary, "churn", ("maxIterations", 30)), Make.Split(table, 1), "auc");
        Assert.True(auc >= 0.84, $"AUC {auc:F4}");
    }

    [Fact]
    public async Task Fit_Diamonds_ReachesErrorOfPeers()
    {
        (Table Training, Table Test) split = Make.Split(await Make.SampleAsync("diamonds.csv"));
        TrainingSpec spec = Make.Spec(LearningTask.Regression, "price", ("trees", 50), ("learningRate", 0.2));
        MetricSet metrics = Metrics("gbdt", spec, split);
        Assert.True(metrics.Find("rmse") < 560, $"RMSE {metrics.Find("rmse"):F1}");
        Assert.True(metrics.Find("r2") > 0.97, $"R2 {metrics.Find("r2"):F4}");
    }

    [Fact]
    public async Task Fit_LettersSubset_ReachesAccuracy()
    {
        Table table = await Make.SampleAsync("letters.csv");
        Table part = table.Take([.. Enumerable.Range(0, 6_000)]);
        double accuracy = Metric("gbdt", Make.Spec(LearningTask.Multiclass, "lettr", ("trees", 15), ("depth", 5)), Make.Split(part), "accuracy");
        Assert.True(accuracy > 0.86, $"accuracy {accuracy:F4}");
    }

    [Fact]
    public async Task Fit_LettersLinear_BeatsGuessingByFar()
    {
        Table table = await Make.SampleAsync("letters.csv");
        Table part = table.Take([.. Enumerable.Range(0, 6_000)]);
        double accuracy = Metric("linear", Make.Spec(LearningTask.Multiclass, "lettr", ("maxIterations", 20)), Make.Split(part), "accuracy");
        Assert.True(accuracy > 0.7, $"accuracy {accuracy:F4}");
    }

    private static double Metric(string trainer, TrainingSpec spec, (Table Training, Table Test) split, string metric) =>
        Metrics(trainer, spec, split).Find(metric)!.Value;

    private static MetricSet Metrics(string trainer, TrainingSpec spec, (Table Training, Table Test) split) =>
        ModelMetrics.Compute(Make.Fit(trainer, spec, split.Training), split.Test, spec.Target);
}
