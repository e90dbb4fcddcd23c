using MlOps.Contracts;
using MlOps.Domain.Monitoring;
using MlOps.Domain.Pipelines;

namespace MlOps.Domain.Tests.Pipelines;

public sealed class TimersTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0, null)]
    [InlineData(59, null)]
    [InlineData(60, 60)]
    [InlineData(119, 60)]
    [InlineData(500, 480)]
    public void Latest_Elapsed_IsTheNewestBeatNotAfterNow(int elapsed, int? due) =>
        Assert.Equal(due is { } d ? Start.AddSeconds(d) : null, Beat.Latest(Start, TimeSpan.FromMinutes(1), Start.AddSeconds(elapsed)));

    [Fact]
    public async Task Tick_Schedule_StartsEachDueTimeOnceAcrossTimersAndRestarts()
    {
        using var folder = new TempDirectory();
        var clock = new ManualTimeProvider(Start);
        await using PipelineWorld world = await PipelineWorld.OpenAsync(folder.FullPath, clock);
        await world.AddAsync("shop", SmallData.Csv(200));
        await world.Pipelines.RegisterAsync(SmallData.Pipeline.Replace("rollout: { strategy: direct }", "", StringComparison.Ordinal) + "schedule: { every: 1h }\n", "p.yaml", "tester", default);

        await world.Timers.TickAsync(Start.AddMinutes(59), default);
        Assert.Empty(await world.Pipelines.ListRunsAsync("shop", default).ToListAsync());
        for (int i = 0; i < 3; i++)
        {
            await world.Timers.TickAsync(Start.AddMinutes(60 + i), default);
            await world.NewTimers().TickAsync(Start.AddMinutes(61 + i), default);
        }

        PipelineRun run = Assert.Single(await world.Pipelines.ListRunsAsync("shop", default).ToListAsync());
        Assert.Equal(TriggerReason.Schedule, run.Trigger.Reason);
        await world.Timers.TickAsync(Start.AddHours(5), default);
        Assert.Equal(2, (await world.Pipelines.ListRunsAsync("shop", default).ToListAsync()).Count);
    }
}
