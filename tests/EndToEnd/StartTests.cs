using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using MlOps.Contracts;
using MlOps.Domain.Datasets;
using MlOps.Domain.Pipelines;
using MlOps.Domain.Storage;
using MlOps.Embedded;
using MlOps.Server;

namespace MlOps.EndToEnd;

/// <summary>A start that fails has done nothing, and leaves nothing open.</summary>
public sealed class StartTests : IDisposable
{
    private readonly TempDirectory _folder = new();

    private DataDirectory Data => new(_folder["data"]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Start_OnABusyPort_GoesOnWithNoWorkflow()
    {
        string run = await StartedRunAsync();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var stores = new WatchedStores(await OpenAsync());
        var options = new ServerOptions { Data = Data, OpenStores = _ => Task.FromResult<IHostStores>(stores), Urls = [$"http://{taken.LocalEndpoint}"] };

        MlOpsException refused = await Assert.ThrowsAsync<MlOpsException>(() => MlOpsServer.StartAsync(options, default));

        Assert.Equal("binding-busy", refused.Code);
        Assert.Equal(0, stores.JournalReads);
        Assert.True(stores.IsClosed);
        await using MlOpsServer free = await MlOpsServer.StartAsync(new ServerOptions { Data = Data }, default);
        Assert.Equal(PipelineRunState.Rejected, (await free.Platform.Pipelines.WaitAsync(run, default)).State);
    }

    [Fact]
    public async Task Start_WithoutAPlatform_ClosesTheStores()
    {
        var stores = new WatchedStores(await OpenAsync()) { BlobsFail = true };
        var options = new ServerOptions { Data = Data, OpenStores = _ => Task.FromResult<IHostStores>(stores) };

        await Assert.ThrowsAsync<InvalidOperationException>(() => MlOpsServer.StartAsync(options, default));

        Assert.True(stores.IsClosed);
        await using MlOpsServer free = await MlOpsServer.StartAsync(new ServerOptions { Data = Data }, default);
    }

    /// <summary>A run that was accepted by a process that has not begun it.</summary>
    private async Task<string> StartedRunAsync()
    {
        await using EmbeddedPlatform before = await EmbeddedPlatform.OpenAsync(Data.Database, Data.Blobs, TimeProvider.System, NullLoggerFactory.Instance, null, default);
        using var csv = new MemoryStream(Encoding.UTF8.GetBytes("a,b\n1,2\n"));
        await before.Platform.Datasets.AddAsync("tiny", csv, new DatasetAddOptions(), default);
        await before.Platform.Pipelines.RegisterAsync("name: tiny\ndataset: tiny\ntask: binary\ntarget: none\ntrainer: { use: linear }\n", "tiny.yaml", "test", default);
        return (await before.Platform.Pipelines.RunAsync("tiny", new PipelineTrigger(TriggerReason.Manual, "test"), default)).Id;
    }

    private Task<LocalStores> OpenAsync() => LocalStores.OpenAsync(Data.Database, Data.Blobs, TimeProvider.System, default);

    private sealed class WatchedStores(LocalStores inner) : IHostStores, IEntityTable
    {
        private int _journalReads;

        public bool BlobsFail { get; init; }

        public bool IsClosed { get; private set; }

        /// <summary>Nothing goes on that was not read first.</summary>
        public int JournalReads => _journalReads;

        public IEntityTable Tables => this;

        public IBlobStore Blobs => BlobsFail ? throw new InvalidOperationException("no blobs here") : inner.Blobs;

        public CancellationToken Lost => default;

        public Task<Entity?> FindAsync(string table, EntityKey key, CancellationToken cancellationToken) => inner.Tables.FindAsync(table, key, cancellationToken);

        public Task<EntityPage> QueryAsync(string table, string partition, EntityRange range, CancellationToken cancellationToken)
        {
            if (table.StartsWith("workflow", StringComparison.Ordinal))
                Interlocked.Increment(ref _journalReads);
            return inner.Tables.QueryAsync(table, partition, range, cancellationToken);
        }

        public Task<IReadOnlyList<string>> WriteAsync(string table, IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken) =>
            inner.Tables.WriteAsync(table, writes, cancellationToken);

        public ValueTask DisposeAsync()
        {
            IsClosed = true;
            return inner.DisposeAsync();
        }
    }
}
