using MlOps.Contracts;

namespace MlOps.EndToEnd.Killed;

/// <summary>
/// A server that is killed with SIGKILL while clients write runs, params, tags, batches, data sets, artifacts, model versions, aliases, traces and
/// logged models, all at once, has every write that it acknowledged, and no part of one that it did not.
/// </summary>
public sealed class KilledWritesTests : IDisposable
{
    private readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <param name="each">Writes of each kind that are acknowledged before.</param>
    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    public async Task Kill_WhileEveryKindOfWriteIsUnderWay_LosesNothingThatWasAcknowledged(int each)
    {
        IReadOnlyList<KilledWrites> kinds = KilledWrites.All();
        using (ServerProcess server = await ServerProcess.StartAsync(_folder["data"]))
        {
            Task writers = Task.WhenAll(kinds.Select(kind => kind.WriteUntilKilledAsync(server.Url)));
            await Task.WhenAny(writers, Eventually.TrueAsync(() => kinds.All(kind => kind.Acknowledged >= each), "enough of each kind is acknowledged"));
            Assert.False(writers.IsCompleted, "the clients ended before the server was killed");
            server.Kill();
            await writers;
        }

        using ServerProcess again = await ServerProcess.StartAsync(_folder["data"]);
        using var client = new MlflowCalls(again.Url);
        foreach (KilledWrites kind in kinds)
        {
            Assert.True(kind.Acknowledged >= each);
            await kind.AssertKeptAsync(client);
        }
    }
}
