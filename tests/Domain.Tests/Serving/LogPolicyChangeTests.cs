using MlOps.Domain.Serving.Log;

namespace MlOps.Domain.Tests.Serving;

/// <summary>What a pipeline file changes of a policy that somebody has set.</summary>
public sealed class LogPolicyChangeTests : IAsyncLifetime
{
    private static readonly LogPolicy ByHand = new()
    {
        Sample = 0.1,
        RetainDays = 30,
        Redact = new Dictionary<string, Redaction> { ["tenure"] = Redaction.Drop, ["Contract"] = Redaction.Hash },
    };

    private readonly ServingWorld _world = new();

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public void Over_APolicySetByHand_ReplacesOnlyWhatItNames()
    {
        LogPolicy policy = new LogPolicyChange(null, 0.05, new Dictionary<string, Redaction>(), null).Over(ByHand);

        Assert.Equal((false, 0.05, 30), (policy.Off, policy.Sample, policy.RetainDays!.Value));
        Assert.Equal(ByHand.Redact.OrderBy(r => r.Key), policy.Redact.OrderBy(r => r.Key));
        Assert.True(new LogPolicyChange(null, 0.5, new Dictionary<string, Redaction>(), null).Over(ByHand with { Off = true }).Off);
    }

    [Theory]
    [InlineData(false, 0.1, false, 0.5, false, 0.1)]
    [InlineData(false, 0.5, null, 0.1, false, 0.1)]
    [InlineData(false, 0.0, null, 1.0, false, 0.0)]
    [InlineData(true, 1.0, false, null, true, 1.0)]
    [InlineData(false, 1.0, true, null, true, 1.0)]
    public void Over_OffAndSample_KeepsWhatRecordsLess(bool offBefore, double sampleBefore, bool? off, double? sample, bool expectedOff, double expectedSample)
    {
        LogPolicy policy = new LogPolicyChange(off, sample, new Dictionary<string, Redaction>(), null).Over(new LogPolicy { Off = offBefore, Sample = sampleBefore });
        Assert.Equal((expectedOff, expectedSample), (policy.Off, policy.Sample));
    }

    [Theory]
    [InlineData(Redaction.Hash, Redaction.Mask, Redaction.Mask)]
    [InlineData(Redaction.Mask, Redaction.Hash, Redaction.Mask)]
    [InlineData(Redaction.Drop, Redaction.Mask, Redaction.Drop)]
    [InlineData(Redaction.Hash, Redaction.Drop, Redaction.Drop)]
    public void Over_AFeatureThatIsRedactedAlready_KeepsTheStricterWay(Redaction before, Redaction named, Redaction expected)
    {
        var change = new LogPolicyChange(null, null, new Dictionary<string, Redaction> { ["tenure"] = named, ["Partner"] = Redaction.Hash }, null);

        LogPolicy policy = change.Over(new LogPolicy { Redact = new Dictionary<string, Redaction> { ["tenure"] = before } });

        Assert.Equal((expected, Redaction.Hash, 2), (policy.Redact["tenure"], policy.Redact["Partner"], policy.Redact.Count));
    }

    [Theory]
    [InlineData(null, 90, 90)]
    [InlineData(30, 90, 30)]
    [InlineData(90, 30, 30)]
    [InlineData(30, null, 30)]
    [InlineData(null, null, null)]
    public void Over_DaysOfRetention_KeepsTheFewer(int? before, int? named, int? expected) =>
        Assert.Equal(expected, new LogPolicyChange(null, null, new Dictionary<string, Redaction>(), named).Over(new LogPolicy { RetainDays = before }).RetainDays);

    [Fact]
    public async Task Add_Repeated_LeavesWhatSomebodySetInBetween()
    {
        await _world.RegisterAsync("churn", FakeModel.Constant(0.7));
        var change = new LogPolicyChange(null, null, new Dictionary<string, Redaction> { ["Partner"] = Redaction.Mask }, null);
        await _world.Policies.AddAsync("churn", change, "pipeline churn", None);
        await _world.Policies.SetAsync("churn", ByHand, "ann", None, revision: 1);

        LogPolicyState state = await _world.Policies.AddAsync("churn", change, "pipeline churn", None);
        LogPolicyState again = await _world.Policies.AddAsync("churn", change, "pipeline churn", None);

        Assert.Equal(["Contract", "Partner", "tenure"], state.Policy.Redact.Keys.Order(StringComparer.Ordinal));
        Assert.Equal((0.1, 30, 3L, 3L), (state.Policy.Sample, state.Policy.RetainDays!.Value, state.Revision, again.Revision));
    }

    [Fact]
    public async Task InForceEverywhere_AfterAChange_WaitsUntilNoProcessHasAnOlderOne()
    {
        LogPolicyState state = await _world.Policies.AddAsync("churn", new LogPolicyChange(null, 0.5, new Dictionary<string, Redaction>(), null), "pipeline churn", None);

        Task waiting = _world.Policies.InForceEverywhereAsync(state, None);
        _world.Time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(waiting.IsCompleted);
        _world.Time.Advance(TimeSpan.FromSeconds(0.2));
        await waiting;

        Assert.True(_world.Policies.InForceEverywhereAsync(state, None).IsCompleted);
        Assert.True(_world.Policies.InForceEverywhereAsync(await _world.Policies.GetAsync("never", None), None).IsCompleted);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _world.DisposeAsync();
}
