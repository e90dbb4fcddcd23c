using System.Globalization;
using System.Net.Http.Headers;
using MlOps.Contracts;
using MlOps.Domain.Rollout;
using MlOps.Learning.Trainers;

namespace MlOps.Api.Tests.Serving;

/// <summary>
/// Versions come, take the traffic and go, each one new: when they are gone nothing of them is held, whatever they left on the store. It is objects that
/// are counted, of every type that the platform leads to; time is the test's.
/// </summary>
public sealed class RetainedVersionsTests
{
    /// <summary>More than what is bounded by time holds of them.</summary>
    private const int WarmUp = 30;

    private const int Swaps = 24;

    /// <summary>Twenty of them are what counters wait for before they go.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    /// <summary>Some of the models.</summary>
    private const long Room = 60_000;

    private readonly ManualTimeProvider _time = new(DateTimeOffset.UtcNow);

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task Swap_ToVersionsNeverServedBefore_HoldsNothingOfThoseBefore()
    {
        await using ApiHost api = await ApiHost.StartAsync(time: _time, modelMemory: Room);
        for (int swap = 1; swap <= WarmUp; swap++)
            await SwapAsync(api, swap);
        IReadOnlyDictionary<Type, int> before = ReachableObjects.Of(api.Platform);

        for (int swap = WarmUp + 1; swap <= WarmUp + Swaps; swap++)
            await SwapAsync(api, swap);

        await AssertNotGrownAsync(api, before);
        Assert.InRange(api.Platform.ModelCache.Memory.Models.Count, 1, WarmUp / 2);
    }

    private async Task AssertNotGrownAsync(ApiHost api, IReadOnlyDictionary<Type, int> before)
    {
        string[] grown = [];
        try
        {
            await Eventually.TrueAsync(
                () =>
                {
                    _time.Advance(Pause);
                    grown = [.. ReachableObjects.Of(api.Platform).Where(n => n.Value - before.GetValueOrDefault(n.Key) >= Swaps / 2).Select(n => $"{n.Key}: {before.GetValueOrDefault(n.Key)} -> {n.Value}")];
                    return Task.FromResult(grown.Length == 0);
                },
                "nothing of them is held",
                every: TimeSpan.FromMilliseconds(100));
        }
        catch (TimeoutException)
        {
            Assert.Fail($"held of versions that have gone: {string.Join(", ", grown)}");
        }
    }

    /// <summary>Adds a version, rolls it out and asks until it answers.</summary>
    private async Task SwapAsync(ApiHost api, int swap)
    {
        using var file = new ByteArrayContent(await ModelAsync(swap));
        file.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        ApiAnswer added = await api.SendAsync(HttpMethod.Post, "/api/v1/models/churn/versions?file=model.bin", file);
        Assert.True(added.Status < 300, added.Body);
        Assert.Equal(swap, added.Json.GetProperty("version").GetProperty("version").GetInt32());
        ApiAnswer started = await api.PostAsync("/api/v1/rollouts/churn", new { version = swap, policy = new { strategy = "direct" } });
        Assert.True(started.Status < 300, started.Body);
        await Eventually.TrueAsync(async () => await IsServedAsync(api, swap), $"version {swap} is served");
        _time.Advance(Pause);
    }

    private async Task<bool> IsServedAsync(ApiHost api, int version)
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        ApiAnswer answer = await api.PostTextAsync("/v1/models/churn:predict", """{"instances": [["city 7"]]}""");
        return answer.Status == 200 && int.Parse(answer.Header("x-mlops-model-version"), CultureInfo.InvariantCulture) == version
            && (await api.Platform.Rollouts.GetAsync("churn", None)).State == RolloutState.Promoted;
    }

    /// <param name="number">Below 256, each another model.</param>
    private static async Task<byte[]> ModelAsync(int number)
    {
        string csv = "city,stays\n" + string.Concat(Enumerable.Range(0, 200).Select(i => $"city {i / 4},{(i % (((number >> (i / 4 % 8)) & 1) == 1 ? 4 : 2) == 0 ? "yes" : "no")}\n"));
        using var file = new MemoryStream();
        (await SampleModels.FitAsync(csv, new TrainingSpec { Task = LearningTask.Binary, Target = "stays" })).Save(file);
        return file.ToArray();
    }
}
