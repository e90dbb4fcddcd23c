using System.Text;
using MlOps.Domain.Storage;
using MlOps.Domain.Training;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Training;

public sealed class ModelStoreTests : IAsyncDisposable
{
    private readonly EmbeddedStores _stores = new();

    private ModelStore Models => new(_stores.Blobs);

    [Fact]
    public async Task SaveAsync_SameModelTwice_IsOneBlob()
    {
        ModelRef first = await Models.SaveAsync(Fit(), default), again = await Models.SaveAsync(Fit(), default);
        Assert.Equal(first, again);
        Assert.Equal(64, first.Digest.Length);
        int blobs = 0;
        await foreach (BlobInfo blob in _stores.Blobs.ListAsync(ModelStore.Container, "", default))
            blobs += blob.Size == first.Size ? 1 : 100;
        Assert.Equal(1, blobs);
    }

    [Fact]
    public async Task LoadAsync_SavedModel_ScoresTheSame()
    {
        IModel model = Fit();
        IModel loaded = await Models.LoadAsync(await Models.SaveAsync(model, default), default);
        Assert.Equal(model.Score(Rows).Scores, loaded.Score(Rows).Scores);
        Assert.Equal(model.Signature.Target, loaded.Signature.Target);
    }

    [SkippableFact]
    public async Task LoadAsync_OfALocalStore_IsThePagesOfItsFileAndOutlivesIt()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "what is mapped stands in /proc");
        var boosted = new TrainingSpec { Task = LearningTask.Regression, Target = "y", Parameters = new Dictionary<string, string> { ["trees"] = "3" } };
        IModel model = TrainerCatalog.Default.Get("gbdt").Fit(boosted, Rows, null, null, default);
        ModelRef reference = await Models.SaveAsync(model, default);

        IModel loaded = await Models.LoadAsync(reference, default);
        Assert.Contains(reference.Digest, await File.ReadAllTextAsync("/proc/self/maps"), StringComparison.Ordinal);
        await Models.SaveAsync(model, default);
        await _stores.Blobs.DeleteAsync(ModelStore.Container, $"{reference.Digest[..2]}/{reference.Digest}", null, default);

        Assert.Equal(model.Score(Rows).Scores, loaded.Score(Rows).Scores);
    }

    [Theory]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("../../etc/passwd")]
    [InlineData("")]
    public async Task LoadAsync_UnknownDigest_IsNotFound(string digest)
    {
        var error = await Assert.ThrowsAsync<MlOpsException>(() => Models.LoadAsync(new ModelRef(digest, 1), default));
        Assert.Equal((ErrorKind.NotFound, "model-missing"), (error.Kind, error.Code));
    }

    [Fact]
    public async Task LoadAsync_DamagedBytes_SaysSo()
    {
        ModelRef reference = await Models.SaveAsync(Fit(), default);
        using var damaged = new MemoryStream(Encoding.UTF8.GetBytes("not what was stored"));
        await _stores.Blobs.WriteAsync(ModelStore.Container, $"{reference.Digest[..2]}/{reference.Digest}", damaged, BlobWriteOptions.Default, default);
        var error = await Assert.ThrowsAsync<MlOpsException>(() => Models.LoadAsync(reference, default));
        Assert.Equal("model-file", error.Code);
        Assert.Contains(reference.Digest, error.Message, StringComparison.Ordinal);
    }

    public ValueTask DisposeAsync() => _stores.DisposeAsync();

    private static Table Rows => new([new NumberColumn("x", [1, 2, 3, 4, 5, 6]), new NumberColumn("y", [2, 4, 6, 8, 10, 12.5])]);

    private static IModel Fit() => TrainerCatalog.Default.Get("linear").Fit(new TrainingSpec { Task = LearningTask.Regression, Target = "y" }, Rows, null, null, default);
}
