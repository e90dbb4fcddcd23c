using MlOps.Contracts;
using MlOps.Domain.Storage;
using MlOps.Embedded;
using MlOps.Server;

namespace MlOps.Cli.Tests;

/// <summary>A command that hosts the platform itself, on storage that another process may take over.</summary>
public sealed class LostStorageTests : IDisposable
{
    private readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Command_ThatIsNoLongerTheHolder_FailsAndSaysWhy()
    {
        using var lost = new CancellationTokenSource();
        await lost.CancelAsync();

        Cli listed = await RunAsync(lost, ["dataset", "list"]);

        Assert.Equal(1, listed.ExitCode);
        Assert.Contains("this process alone may use it", listed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Command_ThatLosesItWhileItIsAnswered_DoesNotWaitForTheAnswer()
    {
        using var lost = new CancellationTokenSource();

        Cli listed = await RunAsync(lost, ["dataset", "list"], heldUp: true);

        Assert.Equal(1, listed.ExitCode);
        Assert.Contains("this process alone may use it", listed.Error, StringComparison.Ordinal);
    }

    private async Task<Cli> RunAsync(CancellationTokenSource lost, string[] command, bool heldUp = false)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        using var patience = new CancellationTokenSource(Eventually.Patience);
        var edition = new Edition { OpenStorage = async (_, time, token) => new LosableStores(await OpenAsync(time, token), lost, heldUp) };
        int exitCode = await MlOpsCommand.RunAsync([.. command, "--storage", "account", "--data", _folder["data"]], output, error, edition, patience.Token);
        Assert.False(patience.IsCancellationRequested);
        return new Cli(exitCode, output.ToString(), error.ToString());
    }

    private Task<LocalStores> OpenAsync(TimeProvider time, CancellationToken cancellationToken) =>
        LocalStores.OpenAsync(_folder["state.db"], _folder["blobs"], time, cancellationToken);

    /// <summary>The store of a laptop under a lease that can be lost, at once or by the first scan of data sets, which then is never answered.</summary>
    private sealed class LosableStores(LocalStores stores, CancellationTokenSource lost, bool heldUp) : IHostStores
    {
        public IEntityTable Tables { get; } = heldUp ? new HeldUpTable(stores.Tables, lost) : stores.Tables;

        public IBlobStore Blobs => stores.Blobs;

        public CancellationToken Lost => lost.Token;

        public ValueTask DisposeAsync() => stores.DisposeAsync();
    }

    private sealed class HeldUpTable(IEntityTable inner, CancellationTokenSource lost) : IEntityTable
    {
        public Task<Entity?> FindAsync(string table, EntityKey key, CancellationToken cancellationToken) => inner.FindAsync(table, key, cancellationToken);

        public async Task<EntityPage> QueryAsync(string table, string partition, EntityRange range, CancellationToken cancellationToken)
        {
            if (table.StartsWith("dataset", StringComparison.Ordinal))
            {
                await lost.CancelAsync();
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            }

            return await inner.QueryAsync(table, partition, range, cancellationToken);
        }

        public Task<IReadOnlyList<string>> WriteAsync(string table, IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken) =>
            inner.WriteAsync(table, writes, cancellationToken);
    }
}
