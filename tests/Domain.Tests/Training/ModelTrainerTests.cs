using MlOps.Domain.Datasets;
using MlOps.Domain.Experiments;
using MlOps.Domain.Training;
using MlOps.Domain.Workflows;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Training;

public class ModelTrainerTests : TrainingTest
{
    [Fact]
    public async Task TrainAsync_Telco_RecordsAllThatExplainsTheModel()
    {
        TrainedModel trained = await Trainer().TrainAsync(Job(), null, None);
        Run run = await Tracker.GetRunAsync("run-1", None);
        Assert.Equal((RunStatus.Finished, "telco@1", "spec-digest", "1.2.3"), (run.Status, run.Lineage.Dataset, run.Lineage.SpecDigest, run.Lineage.CodeVersion));
        Assert.Equal(("gbdt", "20", "420", "60", "120"), (run.Params["trainer"], run.Params["trees"], run.Params["rows.train"], run.Params["rows.validation"], run.Params["rows.test"]));
        Assert.Equal(("crm", trained.Model.Digest), (run.Tags["team"], run.Tags["model.digest"]));
        Assert.Equal(trained.Training.Values["auc"], run.Metrics["train.auc"]);
        Assert.InRange(trained.Validation!.Values["auc"], 0.7, 1);
        Assert.Equal(trained.Validation.Values["auc"], run.Metrics["validation.auc"]);
        Assert.Equal(
            ["data/profile.json", "data/schema.json", "model/example.json", "model/importance.json", "model/model.mlops", "model/signature.json", "training.json"],
            (await Tracker.ListArtifactsAsync("run-1", None)).Select(a => a.Path));
    }

    [Fact]
    public async Task TrainAsync_Telco_LogsTheLossOfEveryIteration()
    {
        await Trainer().TrainAsync(Job(), null, None);
        IReadOnlyList<MetricPoint> losses = await Tracker.MetricHistoryAsync("run-1", "train.loss", None);
        Assert.True(losses.Count >= 10);
        Assert.True(losses[^1].Value < losses[0].Value);
        Assert.Equal(losses.Count, losses.Select(l => l.Step).Distinct().Count());
    }

    [Fact]
    public async Task TrainAsync_StoredModel_ScoresAsMeasured()
    {
        TrainedModel trained = await Trainer().TrainAsync(Job(), null, None);
        Table table = await Datasets.LoadAsync(await Datasets.GetAsync(new DatasetRef("telco"), None), None);
        DataSplit split = DataSplitter.Split(table, new SplitSpec(), "churn", LearningTask.Binary);
        IModel model = await Models.LoadAsync(trained.Model, None);
        Assert.Equal(trained.Validation!.Values["auc"], MlOps.Learning.Metrics.ModelMetrics.Compute(model, table.Take(split.Validation), "churn").Values["auc"]);
    }

    [Fact]
    public async Task TrainAsync_Weight_MeasuresByIt()
    {
        TrainingJob job = Job();
        TrainedModel trained = await Trainer().TrainAsync(job with { Spec = job.Spec with { Weight = "tenure" } }, null, None);
        Table table = await Datasets.LoadAsync(await Datasets.GetAsync(new DatasetRef("telco"), None), None);
        DataSplit split = DataSplitter.Split(table, new SplitSpec(), "churn", LearningTask.Binary);
        IModel model = await Models.LoadAsync(trained.Model, None);
        double Accuracy(int[] rows, string? weight) => MlOps.Learning.Metrics.ModelMetrics.Compute(model, table.Take(rows), "churn", weight).Values["accuracy"];
        Assert.Equal((Accuracy(split.Train, "tenure"), Accuracy(split.Validation, "tenure")), (trained.Training.Values["accuracy"], trained.Validation!.Values["accuracy"]));
        Assert.NotEqual(Accuracy(split.Validation, null), trained.Validation.Values["accuracy"]);
    }

    [Fact]
    public async Task TrainAsync_AnyJob_LogsWhatDoingNothingGivesOnTheSameRows()
    {
        TrainedModel trained = await Trainer().TrainAsync(Job(), null, None);
        Run run = await Tracker.GetRunAsync("run-1", None);
        Table table = await Datasets.LoadAsync(await Datasets.GetAsync(new DatasetRef("telco"), None), None);
        DataSplit split = DataSplitter.Split(table, new SplitSpec(), "churn", LearningTask.Binary);
        double yes = Yes(split.Train), watched = Yes(split.Validation);
        Assert.Equal(0.5, run.Metrics["baseline.auc"], 1e-12);
        Assert.Equal(1 - watched, run.Metrics["baseline.accuracy"], 1e-12);
        Assert.Equal(-(watched * Math.Log(yes)) - ((1 - watched) * Math.Log(1 - yes)), run.Metrics["baseline.logLoss"], 1e-12);
        Assert.Equal(trained.Baseline!.Values.Keys.Select(m => $"baseline.{m}").Order(), run.Metrics.Keys.Where(m => m.StartsWith("baseline.", StringComparison.Ordinal)).Order());

        double Yes(int[] rows) => rows.Average(row => table["churn"].Format(row) == "Yes" ? 1.0 : 0);
    }

    [Fact]
    public async Task TrainAsync_FinishedRun_IsAnsweredWithoutTraining()
    {
        var trainer = new WatchedTrainer();
        TrainedModel first = await Trainer(trainer).TrainAsync(Job(), null, None);
        TrainedModel again = await Trainer(trainer).TrainAsync(Job(), null, None);
        Assert.Equal(1, trainer.Fits);
        Assert.Equal(WorkflowJson.Write(first), WorkflowJson.Write(again));
    }

    [Fact]
    public async Task TrainAsync_AnyWriteFails_StartsOverWithTheSameOutcome()
    {
        TrainedModel undisturbed = await Trainer().TrainAsync(Job("undisturbed"), null, None);
        int losses = (await Tracker.MetricHistoryAsync("undisturbed", "train.loss", None)).Count;
        for (int failAt = 1; ; failAt++)
        {
            string id = $"run-{failAt}";
            var blobs = new FailingBlobs(Stores.Blobs, failAt);
            if (await Record.ExceptionAsync(() => Trainer(blobs: blobs).TrainAsync(Job(id), null, None)) is not { } failure)
            {
                Assert.InRange(failAt, 6, 20);
                return;
            }

            Assert.True(blobs.Failed, failure.ToString());
            Assert.Equal((RunStatus.Failed, "disk full"), ((await Tracker.GetRunAsync(id, None)).Status, (await Tracker.GetRunAsync(id, None)).Reason));
            TrainedModel trained = await Trainer().TrainAsync(Job(id), null, None);
            Assert.Equal(WorkflowJson.Write(undisturbed), WorkflowJson.Write(trained with { RunId = "undisturbed" }));
            Assert.Equal(RunStatus.Finished, (await Tracker.GetRunAsync(id, None)).Status);
            Assert.Equal(losses, (await Tracker.MetricHistoryAsync(id, "train.loss", None)).Count);
        }
    }

    [Fact]
    public async Task TrainAsync_HostStops_LeavesTheRunOpenAndKeepsToItsDataSetVersion()
    {
        using var stop = new CancellationTokenSource();
        var trainer = new WatchedTrainer(_ => stop.Cancel());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Trainer(trainer).TrainAsync(Job(), null, stop.Token));
        Assert.Equal(RunStatus.Running, (await Tracker.GetRunAsync("run-1", None)).Status);

        await AddTelcoAsync(700);
        await Trainer().TrainAsync(Job(), null, None);
        Run run = await Tracker.GetRunAsync("run-1", None);
        Assert.Equal((RunStatus.Finished, "telco@1", "420"), (run.Status, run.Lineage.Dataset, run.Params["rows.train"]));
    }

    [Fact]
    public async Task TrainAsync_SameRunIdForAnotherJob_IsAConflictThatLeavesTheRun()
    {
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Trainer(new WatchedTrainer(_ => stop.Cancel())).TrainAsync(Job(), null, stop.Token));
        var error = await Assert.ThrowsAsync<MlOpsException>(() => Trainer().TrainAsync(Job() with { Split = new SplitSpec(Test: 0.3) }, null, None));
        Assert.Equal("param-changed", error.Code);
        Assert.Equal(RunStatus.Running, (await Tracker.GetRunAsync("run-1", None)).Status);
    }

    [Theory]
    [InlineData("nope", "churn", "trainer-unknown", "'nope'")]
    [InlineData("gbdt", "chrun", "table-column-missing", "'chrun'")]
    public async Task TrainAsync_WrongJob_KeepsTheRunAsFailedWithTheReason(string trainer, string target, string code, string expected)
    {
        TrainingJob job = Job() with { Trainer = trainer, Spec = Job().Spec with { Target = target } };
        var error = await Assert.ThrowsAsync<MlOpsException>(() => Trainer().TrainAsync(job, null, None));
        Run run = await Tracker.GetRunAsync("run-1", None);
        Assert.Equal(code, error.Code);
        Assert.Equal((RunStatus.Failed, error.Message), (run.Status, run.Reason));
        Assert.Contains(expected, run.Reason, StringComparison.Ordinal);
        Assert.Empty(await Tracker.ListArtifactsAsync("run-1", None));
    }

    [Fact]
    public async Task TrainAsync_UnknownDataSet_BeginsNoRun()
    {
        var error = await Assert.ThrowsAsync<MlOpsException>(() => Trainer().TrainAsync(Job() with { Data = new DatasetRef("telko") }, null, None));
        Assert.Equal(ErrorKind.NotFound, error.Kind);
        Assert.Empty(await Tracker.ListExperimentsAsync(None));
    }

    [Fact]
    public async Task TrainAsync_WithFolds_RecordsEachFoldAndTheSpread()
    {
        TrainedModel trained = await Trainer().TrainAsync(Job() with { Split = new SplitSpec(Folds: 3) }, null, None);
        IReadOnlyList<MetricPoint> folds = await Tracker.MetricHistoryAsync("run-1", "fold.auc", None);
        Assert.Equal([0, 1, 2], folds.Select(f => f.Step));
        Run run = await Tracker.GetRunAsync("run-1", None);
        Assert.Equal(folds.Average(f => f.Value), run.Metrics["cv.auc.mean"], 1e-12);
        Assert.Equal(3, trained.CrossValidation!.Spread["auc"].Folds);
        Assert.True(run.Metrics["cv.auc.std"] > 0);
    }

    [Fact]
    public async Task TrainAsync_Auto_KeepsHowItChose()
    {
        TrainingJob job = Job() with { Trainer = "auto" };
        job = job with { Spec = job.Spec with { Parameters = new Dictionary<string, string> { ["folds"] = "2" } } };
        TrainedModel trained = await Trainer(new AutoTrainer(TrainerCatalog.Default)).TrainAsync(job, null, None);

        Run run = await Tracker.GetRunAsync("run-1", None);
        AutoReport auto = trained.Auto!;
        Assert.Equal(["auto.baseline.auc", "auto.forest.auc", "auto.gbdt.auc", "auto.linear.auc"], run.Metrics.Keys.Where(k => k.StartsWith("auto.", StringComparison.Ordinal)).Order());
        Assert.All(auto.Families, family => Assert.Equal(family.Mean, run.Metrics[$"auto.{family.Trainer}.auc"]));
        Assert.Equal(auto.Chosen, (await Models.LoadAsync(trained.Model, None)).Trainer);
        TrainedModel again = await Trainer(new AutoTrainer(TrainerCatalog.Default)).TrainAsync(job, null, None);
        Assert.Equal(auto.Reason, again.Auto!.Reason);
    }

    /// <summary>What a run keeps grows with the folds; no row or message does.</summary>
    [Fact]
    public async Task TrainAsync_AsManyFoldsAsAllowed_AreAllKept()
    {
        TrainingJob job = Job() with { Trainer = "linear", Split = new SplitSpec(Folds: SplitSpec.MaxFolds) };
        job = job with { Spec = job.Spec with { Parameters = new Dictionary<string, string> { ["maxIterations"] = "2" } } };
        await Trainer().TrainAsync(job, null, None);
        TrainedModel again = await Trainer().TrainAsync(job, null, None);
        Assert.Equal(SplitSpec.MaxFolds, again.CrossValidation!.Folds.Count);
        Assert.Equal(SplitSpec.MaxFolds, (await Tracker.MetricHistoryAsync("run-1", "fold.accuracy", None)).Count);
    }

    [Fact]
    public async Task TrainAsync_WithFolds_ProgressCoversAllFits()
    {
        var reports = new List<TrainingProgress>();
        await Trainer().TrainAsync(Job() with { Split = new SplitSpec(Folds: 2) }, new Collector(reports), None);
        Assert.Equal(60, Assert.Single(reports.Select(r => r.Total).Distinct()));
        Assert.True(reports.Zip(reports.Skip(1)).All(pair => pair.First.Done <= pair.Second.Done));
        Assert.InRange(reports[^1].Done, 41, 60);
    }

    private sealed class Collector(List<TrainingProgress> reports) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => reports.Add(value);
    }
}
