namespace MlOps.EndToEnd.Killed;

/// <summary>Writes 0, 1, 2, ... of one kind that a client makes until its server is killed, and how they are found again.</summary>
internal abstract class KilledWrites
{
    private int _acknowledged;

    public int Acknowledged => Volatile.Read(ref _acknowledged);

    public static IReadOnlyList<KilledWrites> All() =>
    [
        new WrittenRuns(), new WrittenParams(), new WrittenTags(), new WrittenBatches(), new WrittenLargeBatches(), new WrittenPoints(), new WrittenInputs(),
        new WrittenArtifacts(), new WrittenVersions(), new WrittenTraces(), new WrittenLoggedModels(),
    ];

    public async Task WriteUntilKilledAsync(Uri server)
    {
        using var client = new MlflowCalls(server);
        try
        {
            await PrepareAsync(client);
            for (int number = 0; ; number++)
            {
                await WriteAsync(client, number);
                Volatile.Write(ref _acknowledged, number + 1);
            }
        }
        catch (Exception e) when (e is HttpRequestException { StatusCode: null } or IOException)
        {
            // Killed: an answer that is broken off, or no connection.
        }
    }

    /// <summary>All that were acknowledged are there, and besides them at most the one that was under way, whole.</summary>
    public async Task AssertKeptAsync(MlflowCalls client)
    {
        int[] found = [.. (await FindAsync(client)).Order()];
        Assert.True(
            found.SequenceEqual(Enumerable.Range(0, Acknowledged)) || found.SequenceEqual(Enumerable.Range(0, Acknowledged + 1)),
            $"{GetType().Name}: of {Acknowledged} that were acknowledged there are {string.Join(' ', found)}");
    }

    protected abstract Task PrepareAsync(MlflowCalls client);

    protected abstract Task WriteAsync(MlflowCalls client, int number);

    /// <summary>The numbers of the writes that are there, each checked to be as it was written.</summary>
    protected abstract Task<IEnumerable<int>> FindAsync(MlflowCalls client);
}
