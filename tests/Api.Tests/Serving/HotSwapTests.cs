using System.Collections.Concurrent;
using System.Globalization;
using MlOps.Contracts;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Models;
using MlOps.Learning.Trainers;

namespace MlOps.Api.Tests.Serving;

/// <summary>Versions are swapped under traffic over HTTP: nobody gets an error, and nobody an answer of a version that had no traffic meanwhile.</summary>
public sealed class HotSwapTests
{
    private const int Versions = 3;
    private const int Swaps = 30;
    private const int Clients = 4;

    /// <summary>Less than two of the models hold, so that each swap evicts the one before.</summary>
    private const long RoomForOne = 50_000;

    private readonly ConcurrentBag<(int Status, int Version, int First, int Last)> _answers = [];
    private readonly int[] _versions = [.. Enumerable.Range(0, Swaps).Select(swap => (swap % Versions) + 1)];
    private int _begun;
    private int _seen;

    private static CancellationToken None => CancellationToken.None;

    [Theory]
    [InlineData(null)]
    [InlineData(RoomForOne)]
    public async Task Swap_UnderTraffic_FailsNobody(long? modelMemory)
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await using ApiHost api = await ApiHost.StartAsync(time: time, modelMemory: modelMemory);
        for (int version = 1; version <= Versions; version++)
            await RegisterAsync(api, version);
        await SwapAsync(api, 0);
        using var stop = new CancellationTokenSource();
        Task[] clients = [.. Enumerable.Range(0, Clients).Select(_ => Task.Run(() => AskAsync(api, stop.Token)))];

        for (int swap = 1; swap < Swaps; swap++)
        {
            Volatile.Write(ref _begun, swap);
            await SwapAsync(api, swap);
            time.Advance(TimeSpan.FromSeconds(4));
            await Eventually.TrueAsync(() => _answers.Any(a => a.First == swap - 1 && a.Version == _versions[swap]) || clients.Any(c => c.IsCompleted), $"swap {swap} is seen");
            Volatile.Write(ref _seen, swap);
        }

        await stop.CancelAsync();
        await Task.WhenAll(clients);
        Assert.All(_answers, a => Assert.True(a.Status == 200 && _versions.AsSpan(a.First..(a.Last + 1)).Contains(a.Version), $"{a}"));
        Assert.InRange(_answers.Count, Swaps, int.MaxValue);
        ModelMemory memory = api.Platform.ModelCache.Memory;
        Assert.Equal(modelMemory is null ? Versions : 1, memory.Models.Count);
        Assert.InRange(memory.Bytes, 1, memory.Budget);
    }

    private static async Task RegisterAsync(ApiHost api, int version)
    {
        string csv = "city,stays\n" + string.Concat(Enumerable.Range(0, 600).Select(i => $"city {i / 2},{(i / 2 % (version + 1) == 0 ? "yes" : "no")}\n"));
        ModelVersion registered = await SampleModels.RegisterAsync(api.Platform, "churn", $"run-{version}", csv, new TrainingSpec { Task = LearningTask.Binary, Target = "stays" });
        Assert.Equal(version, registered.Version);
    }

    private Task SwapAsync(ApiHost api, int swap) =>
        api.Platform.Endpoints.ApplyAsync("churn", new TrafficChange(TrafficSplit.Whole(_versions[swap]), $"swap {swap}"), None);

    private async Task AskAsync(ApiHost api, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            int first = Volatile.Read(ref _seen);
            ApiAnswer answer = await api.PostTextAsync("/v1/models/churn:predict", """{"instances": [["city 7"]]}""");
            _ = int.TryParse(answer.Header("x-mlops-model-version"), CultureInfo.InvariantCulture, out int version);
            _answers.Add((answer.Status, version, first, Volatile.Read(ref _begun)));
        }
    }
}
