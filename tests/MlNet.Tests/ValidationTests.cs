using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.MlNet.Tests;

/// <summary>What the families make of validation rows.</summary>
public sealed class ValidationTests
{
    private static readonly Table Rows = Fits.Mixed(500);

    public static TheoryData<LearningTask> Tasks => [.. Enum.GetValues<LearningTask>()];

    public static TheoryData<string> Families => [.. Fits.Families];

    [Theory]
    [MemberData(nameof(Tasks))]
    public void Fit_LightGbmWithEarlyStop_StopsBeforeTheLastTree(LearningTask task)
    {
        TrainingSpec all = Fits.MixedSpec(task, ("trees", 200), ("minLeafRows", 2), ("learningRate", 0.5));
        TrainingSpec early = Fits.MixedSpec(task, ("trees", 200), ("minLeafRows", 2), ("learningRate", 0.5), ("earlyStop", 5));
        Table validation = Fits.Mixed(300, seed: 2);
        IModel full = Fits.Fit("mlnet.lightgbm", all, Rows, validation);
        IModel stopped = Fits.Fit("mlnet.lightgbm", early, Rows, validation);
        Assert.True(Fits.Bytes(stopped).Length < 0.5 * Fits.Bytes(full).Length);
        string loss = task == LearningTask.Regression ? "rmse" : "logLoss";
        Assert.True(Fits.Metrics(stopped, validation).Find(loss) <= 1.1 * Fits.Metrics(full, validation).Find(loss));
    }

    [Fact]
    public void Fit_GamWithValidation_IsPrunedByIt()
    {
        TrainingSpec spec = Fits.MixedSpec(LearningTask.Regression, ("iterations", 300), ("learningRate", 0.1));
        Table validation = Fits.Mixed(300, seed: 2);
        IModel pruned = Fits.Fit("mlnet.gam", spec, Rows, validation);
        IModel whole = Fits.Fit("mlnet.gam", spec, Rows);
        Assert.NotEqual(whole.Score(validation).Scores, pruned.Score(validation).Scores);
        Assert.True(Fits.Metrics(pruned, validation).Find("rmse") <= Fits.Metrics(whole, validation).Find("rmse"));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Fit_ValidationOfAnotherClass_LeavesItOut(string family)
    {
        Table validation = Fits.Mixed(40).With(CategoryColumn.From("four", Enumerable.Range(0, 40).Select(i => i % 2 == 0 ? "never seen" : "low")));
        Assert.NotNull(Fits.Fit(family, Fits.MixedSpec(LearningTask.Multiclass, Fits.Few(family)), Rows, validation));
    }
}
