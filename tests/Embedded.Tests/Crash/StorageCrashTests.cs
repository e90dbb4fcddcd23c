using System.Globalization;
using MlOps.Contracts;
using MlOps.CrashHost;
using MlOps.Domain.Storage;
using MlOps.Embedded.Storage;

namespace MlOps.Embedded.Tests.Crash;

/// <summary>
/// Fifty times a process is killed in the middle of writes. What it was told is written must be there, whole; nothing half, nothing
/// left over. A kill leaves the operating system running: power loss is what the flushes are for, and needs another test bed.
/// </summary>
[Collection(Alone.Name)]
public sealed class StorageCrashTests
{
    private const int Rounds = 50;

    /// <summary>Directories that are killed on by turns of their own: most of a round is the start of its process.</summary>
    private const int Chains = 2;

    private const int Seed = 20261121;

    [Fact]
    public async Task Kill_InTheMiddleOfWrites_LosesAndTearsNothing()
    {
        await Task.WhenAll(Enumerable.Range(0, Chains).Select(chain => Task.Run(() => KillAsync(chain, Seed + chain))));
    }

    private static async Task KillAsync(int chain, int seed)
    {
        using var temp = new TempDirectory();
        var random = new Random(seed);
        var all = new List<string[]>();
        for (int round = chain; round < Rounds; round += Chains)
        {
            using CrashProcess process = CrashProcess.Start("storage", temp.FullPath, $"{round}");
            List<string> said = await process.KillAfterAsync(1 + random.Next(400));
            List<string[]> acknowledged = [.. said.Where(line => line != "ready").Select(line => line.Split(' '))];
            all.AddRange(acknowledged);
            await CheckAsync(temp, acknowledged, $"{round}-", $"round {round} of seed {seed}");
        }

        await CheckAsync(temp, all, "", $"after all rounds of seed {seed}");
    }

    private static async Task CheckAsync(TempDirectory temp, List<string[]> said, string writers, string round)
    {
        await using SqliteEntityTable tables = await SqliteEntityTable.OpenAsync(temp["meta.db"], TimeProvider.System, default);
        using var blobs = new FileBlobStore(temp["blobs"], TimeProvider.System);
        Assert.Empty(Directory.GetFileSystemEntries(temp["blobs/.tmp"]));

        foreach (string[] row in said.Where(line => line[0] == "row"))
            Assert.True(await tables.FindAsync("rows", new("p", row[1]), default) is not null, $"{round}: row {row[1]} was acknowledged and is lost");
        foreach (string[] pair in said.Where(line => line[0] == "pair").GroupBy(line => line[1]).Select(lines => lines.Last()))
            await CheckPairAsync(tables, pair[1], Number(pair[2]), round);
        foreach (string[] blob in said.Where(line => line[0] == "blob").GroupBy(line => line[1]).Select(lines => lines.Last()))
            Assert.True(await NumberOfAsync(blobs, blob[1]) >= Number(blob[2]), $"{round}: blob {blob[1]} is older than number {blob[2]}, which was acknowledged");
        await foreach (BlobInfo blob in blobs.ListAsync("blobs", writers, default))
            await NumberOfAsync(blobs, blob.Path);
    }

    private static async Task CheckPairAsync(SqliteEntityTable tables, string writer, int acknowledged, string round)
    {
        long? left = (await tables.FindAsync("pairs", new("p", $"{writer}-left"), default))?.Int("V");
        long? right = (await tables.FindAsync("pairs", new("p", $"{writer}-right"), default))?.Int("V");
        Assert.True(left == right, $"{round}: half a batch of {writer}: {left}, {right}");
        Assert.True(left >= acknowledged, $"{round}: pair {writer} is {left}, {acknowledged} was acknowledged");
    }

    /// <summary>The number that a blob was made of, once every byte agrees.</summary>
    private static async Task<int> NumberOfAsync(FileBlobStore blobs, string path)
    {
        int number = Number((await blobs.FindAsync("blobs", path, default))!.Metadata["number"]);
        using var content = new MemoryStream();
        await using Stream stored = await blobs.OpenReadAsync("blobs", path, null, default);
        await stored.CopyToAsync(content);
        Assert.True(content.ToArray().AsSpan().SequenceEqual(CrashPattern.Bytes(number)), $"blob {path} number {number} is torn");
        return number;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
