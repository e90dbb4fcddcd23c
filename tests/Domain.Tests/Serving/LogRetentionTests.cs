using Microsoft.Extensions.Logging.Abstractions;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Log;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Tests.Serving;

public sealed class LogRetentionTests : IAsyncLifetime
{
    private static readonly string[] Models = ["apples", "bikes", "churn"];

    private readonly ServingWorld _world = new();

    [Fact]
    public async Task Run_WhereOneModelsRecordsCannotBeDeleted_DeletesAllOthersAndTellsInTheEnd()
    {
        var retention = new LogRetention(_world.Policies, _world.Feedback, _world.Endpoints, _world.Exposures, new HeldBlobs(_world.Blobs, "apples"), _world.Time, NullLogger.Instance);

        MlOpsException e = await ServingWorld.FailsAsync(ErrorKind.Unavailable, "log-retention", () => retention.RunAsync(default));

        Assert.Equal("records of 'apples' that are too old could not be deleted: a legal hold; all other models' were, and these are tried again in the next run", e.Message);
        Assert.Equal("apples", await LeftAsync());
        Assert.Equal(1, await _world.Retention.RunAsync(default));
        Assert.Equal("", await LeftAsync());
    }

    public async Task InitializeAsync()
    {
        foreach (string model in Models)
        {
            await _world.RegisterAsync(model, FakeModel.Constant(0.7));
            await _world.ServeAsync(model, new TrafficShare(1, 10_000));
            await _world.Policies.SetAsync(model, new LogPolicy { RetainDays = 1 }, "ann", default);
            await _world.PredictAsync("r1", model: model);
        }

        await _world.Log.FlushAsync(default);
        _world.Time.Advance(TimeSpan.FromDays(3));
    }

    public async Task DisposeAsync() => await _world.DisposeAsync();

    /// <summary>Models of whose predictions some are still there.</summary>
    private async Task<string> LeftAsync()
    {
        var left = new List<string>();
        foreach (string model in Models)
        {
            if ((await _world.LoggedAsync(model)).Count > 0)
                left.Add(model);
        }

        return string.Join(' ', left);
    }

    /// <summary>A store that will not delete what belongs to one model.</summary>
    private sealed class HeldBlobs(IBlobStore inner, string model) : IBlobStore
    {
        public Task<bool> DeleteAsync(string container, string path, string? ifMatch, CancellationToken cancellationToken) => path.Contains(model, StringComparison.Ordinal)
            ? throw MlOpsException.Refused("blob-held", "a legal hold")
            : inner.DeleteAsync(container, path, ifMatch, cancellationToken);

        public Task<BlobInfo> WriteAsync(string container, string path, Stream content, BlobWriteOptions options, CancellationToken cancellationToken) =>
            inner.WriteAsync(container, path, content, options, cancellationToken);

        public Task<BlobInfo?> FindAsync(string container, string path, CancellationToken cancellationToken) => inner.FindAsync(container, path, cancellationToken);

        public Task<Stream> OpenReadAsync(string container, string path, BlobRange? range, CancellationToken cancellationToken) => inner.OpenReadAsync(container, path, range, cancellationToken);

        public IAsyncEnumerable<BlobInfo> ListAsync(string container, string prefix, CancellationToken cancellationToken) => inner.ListAsync(container, prefix, cancellationToken);

        public Task<Uri?> DownloadUrlAsync(string container, string path, TimeSpan lifetime, string fileName, CancellationToken cancellationToken) =>
            inner.DownloadUrlAsync(container, path, lifetime, fileName, cancellationToken);
    }
}
