using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Models;
using MlOps.Domain.Training;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Serving;

/// <summary>A trained model through store, cache and predictor.</summary>
public sealed class StoredModelTests
{
    [Theory]
    [InlineData("linear")]
    [InlineData("gbdt")]
    public async Task Predict_WithAModelFromTheStore_ScoresAsTheTrainedOne(string trainer)
    {
        await using var stores = new EmbeddedStores();
        var store = new ModelStore(stores.Blobs);
        IModel trained = Fit(trainer);
        ModelRef saved = await store.SaveAsync(trained, CancellationToken.None);
        var cache = new ModelCache((version, token) => store.LoadAsync(new ModelRef(version.ModelDigest, version.ModelSize), token), long.MaxValue, stores.Time);

        IModel loaded = await cache.GetAsync(ModelCacheTests.Version(saved.Digest, saved.Size), CancellationToken.None);
        Table rows = new RequestBinder(loaded.Signature).BindRows([[3.0, "a"], [8.0, "b"], [5.0, "never seen"]], null);

        Assert.Equal(trained.Score(rows).Scores, loaded.Score(rows).Scores);
    }

    [Fact]
    public async Task Predict_WithAMissingFile_CountsTheVersionsErrorAndSaysSo()
    {
        await using var world = new ServingWorld();
        int version = await world.RegisterBrokenAsync("churn");
        await world.ServeAsync("churn", new TrafficShare(version, 10_000));

        MlOpsException e = await ServingWorld.FailsAsync(ErrorKind.Unavailable, "model-load", () => world.PredictAsync("r1"));

        Assert.StartsWith("request 'r1': version 1 of 'churn' could not be loaded", e.Message, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(1), e.RetryAfter);
        Assert.Equal(1, (await world.Stats.ReadAsync("churn", version, DateTimeOffset.UnixEpoch, CancellationToken.None)).Errors);
    }

    private static IModel Fit(string trainer)
    {
        var table = new Table([
            new NumberColumn("x", [.. Enumerable.Range(0, 200).Select(i => (double)(i % 10))]),
            CategoryColumn.From("c", Enumerable.Range(0, 200).Select(i => i % 3 == 0 ? "a" : "b")),
            CategoryColumn.From("y", Enumerable.Range(0, 200).Select(i => i % 10 > 4 ? "yes" : "no"))]);
        return TrainerCatalog.Default.Get(trainer).Fit(new TrainingSpec { Task = LearningTask.Binary, Target = "y" }, table, null, null, CancellationToken.None);
    }
}
