using MlOps.Domain.Serving.Log;

namespace MlOps.Domain.Tests.Serving;

/// <summary>Two people who set one policy: neither loses unseen what the other has set.</summary>
public sealed class LogPolicyConflictTests : IAsyncLifetime
{
    private static readonly LogPolicy Guarded = new() { Redact = new Dictionary<string, Redaction> { ["Contract"] = Redaction.Hash, ["tenure"] = Redaction.Drop }, RetainDays = 30 };

    private readonly ServingWorld _world = new();

    [Fact]
    public async Task Set_OfARevisionThatIsNoLongerInForce_IsAConflictAndChangesNothing()
    {
        LogPolicyState read = await _world.Policies.GetAsync("churn", default);
        await SetAsync(Guarded, "ann", read.Revision);

        MlOpsException e = await ServingWorld.FailsAsync(ErrorKind.Conflict, "log-policy-changed", () => SetAsync(new LogPolicy { Sample = 0.1 }, "bob", read.Revision));

        Assert.Equal("the log policy of 'churn' is at revision 1, set by ann, expected 0: someone changed it meanwhile; read it again and retry", e.Message);
        Assert.Equal("ann", (await _world.Policies.GetAsync("churn", default)).By);
    }

    [Fact]
    public async Task Set_OfTheRevisionInForce_MayTakeBackWhatProtects()
    {
        LogPolicyState guarded = await SetAsync(Guarded, "ann");

        LogPolicyState open = await SetAsync(new LogPolicy(), "bob", guarded.Revision);

        Assert.Equal((2, 0), (open.Revision, open.Policy.Redact.Count));
        // A call whose answer was lost is made again as it was.
        Assert.Equal(2, (await SetAsync(new LogPolicy(), "bob", guarded.Revision)).Revision);
    }

    [Fact]
    public async Task Set_WithoutARevision_MayNotTakeBackByLeavingOut()
    {
        await SetAsync(Guarded with { Off = true }, "ann");

        MlOpsException e = await ServingWorld.FailsAsync(
            ErrorKind.Conflict, "log-policy-loosened", () => SetAsync(new LogPolicy { Sample = 0.1, Redact = new Dictionary<string, Redaction> { ["tenure"] = Redaction.Hash }, RetainDays = 60 }, "bob"));

        Assert.Equal(
            "the log policy of 'churn' (revision 1, set by ann) would be loosened: 'Contract' is redacted (hash) and would be recorded; 'tenure' is redacted by drop and would be by hash; "
            + "records are kept 30 days and would be kept 60; nothing is recorded and something would be; name what is to stay, or give revision 1 along if that is meant",
            e.Message);
        Assert.Contains("would be kept for good", (await ServingWorld.FailsAsync(ErrorKind.Conflict, "log-policy-loosened", () => SetAsync(Guarded with { Off = true, RetainDays = null }, "bob"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Set_WithoutARevision_MayProtectMore()
    {
        await SetAsync(Guarded, "ann");

        LogPolicyState stricter = await SetAsync(new LogPolicy { Sample = 0.1, Redact = new Dictionary<string, Redaction> { ["Contract"] = Redaction.Mask, ["tenure"] = Redaction.Drop }, RetainDays = 7 }, "bob");

        Assert.Equal((2, Redaction.Mask, 7), (stricter.Revision, stricter.Policy.Redact["Contract"], stricter.Policy.RetainDays));
    }

    public async Task InitializeAsync() => await _world.RegisterAsync("churn", FakeModel.Constant(0.7));

    public async Task DisposeAsync() => await _world.DisposeAsync();

    private Task<LogPolicyState> SetAsync(LogPolicy policy, string by, long? revision = null) => _world.Policies.SetAsync("churn", policy, by, default, revision);
}
