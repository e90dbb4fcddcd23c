using System.IO.Compression;
using MlOps.Contracts;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Log;
using MlOps.Domain.Storage;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Serving;

/// <summary>What of predictions is recorded: a sample, without the values that must not be read, and not for longer than wanted.</summary>
public sealed class LogPolicyTests : IAsyncLifetime
{
    private const string Secret = "S3CR3T-value";

    private readonly ServingWorld _world = new();

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task Sample_OfRequests_TakesAllRowsOfOneOrNoneAndAllProcessesAgree()
    {
        await SetAsync(new LogPolicy { Sample = 0.25 });

        for (int i = 0; i < 800; i++)
            await _world.Predictor.PredictAsync(new PredictionRequest("churn", null, ServingWorld.Rows(1, 2), $"r{i}", null), None);

        List<LoggedPrediction> logged = await _world.LoggedAsync();
        string[] ids = [.. logged.Select(r => r.RequestId).Distinct()];
        Assert.All(logged, r => Assert.True(RequestSample.Takes(0.25, r.RequestId, r.Arrival.Draw)));
        Assert.InRange(ids.Length, 150, 250);
        Assert.Equal(2 * ids.Length, logged.Count);
        Assert.All(logged, r => Assert.Equal(0.25, r.Sample));
        TrafficWindow counted = await _world.Stats.ReadAsync("churn", 1, _world.Time.GetUtcNow().AddMinutes(-1), None);
        Assert.Equal(800, counted.Requests);
    }

    [Fact]
    public void Sample_OfASmallerShare_LiesWithinThatOfALargerOne()
    {
        string[] ids = [.. Enumerable.Range(0, 2_000).Select(i => $"id-{i}")];

        string[] few = [.. ids.Where(id => RequestSample.Takes(0.1, id))];

        Assert.InRange(few.Length, 140, 260);
        Assert.All(few, id => Assert.True(RequestSample.Takes(0.4, id)));
        Assert.DoesNotContain(ids, id => RequestSample.Takes(0, id));
        Assert.Equal(2_000, ids.Count(id => RequestSample.Takes(1, id)));
    }

    [Fact]
    public async Task Decision_ForARequestThatIsNotLogged_AllocatesNothing()
    {
        await SetAsync(new LogPolicy { Sample = 0.5, Redact = new Dictionary<string, Redaction> { ["tenure"] = Redaction.Hash } });
        LogRule rule = await _world.Policies.InForceAsync("churn", None);
        string id = Enumerable.Range(0, 100).Select(i => $"r{i}").First(i => !rule.Takes(i));

        long before = GC.GetAllocatedBytesForCurrentThread();
        bool any = false;
        for (int i = 0; i < 1_000; i++)
            any |= rule.Takes(id) | _world.Shadows.Wants("churn", 1, id) | TakesNow(id);

        Assert.Equal((0, false), (GC.GetAllocatedBytesForCurrentThread() - before, any));
    }

    private bool TakesNow(string request)
    {
        ValueTask<LogRule> rule = _world.Policies.InForceAsync("churn", None);
        return rule.IsCompletedSuccessfully && rule.Result.Takes(request);
    }

    [Theory]
    [InlineData(Redaction.Drop, null)]
    [InlineData(Redaction.Mask, "***")]
    [InlineData(Redaction.Hash, "h:")]
    public async Task Redact_AColumn_LeavesNothingOfItsValueOnDisk(Redaction how, string? instead)
    {
        await SetAsync(new LogPolicy { Redact = new Dictionary<string, Redaction> { ["Contract"] = how } });

        await PredictAsync("r1", Secret);
        await PredictAsync("r2", Secret);
        await PredictAsync("r3", "other");

        List<LoggedPrediction> logged = await _world.LoggedAsync();
        Assert.All(logged, r => Assert.Equal(["Contract"], r.Redacted));
        Assert.All(logged, r => Assert.Equal(1.0, r.Features["tenure"]));
        object?[] kept = [.. logged.Select(r => r.Features.GetValueOrDefault("Contract"))];
        Assert.All(kept, v => Assert.True(instead is null ? v is null : ((string)v!).StartsWith(instead, StringComparison.Ordinal)));
        Assert.Equal(how == Redaction.Hash, kept[0] is string a && kept[2] is string b && a != b && (string)kept[1]! == a);
        Assert.DoesNotContain(Secret, await TextOnDiskAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Redact_AColumn_HidesItsValueInErrorsToo()
    {
        await SetAsync(new LogPolicy { Redact = new Dictionary<string, Redaction> { ["tenure"] = Redaction.Mask } });

        MlOpsException wrong = await ServingWorld.FailsAsync(ErrorKind.Invalid, "feature-type", () => PredictAsync("r1", "x", tenure: Secret));
        Assert.Equal("row 0: feature 'tenure' is a text (redacted); expected a finite number", wrong.Message);

        await _world.RegisterAsync("churn", new FakeModel(_ => throw new InvalidOperationException($"cannot stand {Secret}")));
        MlOpsException failed = await ServingWorld.FailsAsync(ErrorKind.Failed, "model-score", () => _world.PredictAsync("r2", version: "2"));
        Assert.DoesNotContain(Secret, failed.ToString(), StringComparison.Ordinal);
        Assert.Contains("InvalidOperationException", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Off_RecordsNothingAndAnswersAll()
    {
        await SetAsync(new LogPolicy { Off = true });

        Assert.Equal(1, (await _world.PredictAsync("r1")).Version);

        Assert.Empty(await _world.LoggedAsync());
    }

    [Fact]
    public async Task Set_InOneProcess_GovernsAnotherWithinFiveSeconds()
    {
        var other = new LogPolicies(_world.Tables, _world.Registry, _world.Time, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        Assert.True((await other.InForceAsync("churn", None)).Takes("r1"));

        await _world.Policies.SetAsync("churn", new LogPolicy { Off = true }, "ann", None);
        _world.Time.Advance(TimeSpan.FromSeconds(3));

        Assert.False((await other.InForceAsync("churn", None)).Takes("r1"));
    }

    [Fact]
    public async Task Set_WithMistakes_TellsAllOfThem()
    {
        MlOpsException e = await ServingWorld.FailsAsync(ErrorKind.Invalid, "log-policy", () => SetAsync(new LogPolicy
        {
            Sample = 1.5,
            RetainDays = 0,
            Redact = new Dictionary<string, Redaction> { ["Contrat"] = Redaction.Drop, ["Churn"] = Redaction.Hash },
        }));

        Assert.Equal(
            "the log policy of 'churn' is wrong: sample 1.5 is not a share from 0 to 1; retainDays 0 is not from 1 to 36,500; leave it out to keep everything; "
            + "redact 'Contrat' is no feature of the model; did you mean 'Contract'?; it has tenure, Contract, Partner; "
            + "redact 'Churn': it is the target, which is not among the logged features; the log has its prediction",
            e.Message);
        await ServingWorld.FailsAsync(ErrorKind.NotFound, "model-missing", () => _world.Policies.SetAsync("chrn", new LogPolicy(), "ann", None));
    }

    [Fact]
    public async Task Set_ForAFeatureOfAVersionThatIsOnlyAskedByItsNumber_IsInForce()
    {
        var signature = FakeModel.Churn with { Inputs = [.. FakeModel.Churn.Inputs, new FeatureSignature("ssn", ColumnType.Category, true, [Secret])] };
        int version = await _world.RegisterAsync("churn", new FakeModel(rows => [.. Enumerable.Repeat(0.5, rows.RowCount)], signature));
        await _world.RegisterAsync("churn", FakeModel.Constant(0.5));

        await SetAsync(new LogPolicy { Redact = new Dictionary<string, Redaction> { ["ssn"] = Redaction.Drop } });
        await _world.Predictor.PredictAsync(new PredictionCall("churn", $"{version}", "r1", null), new Records(new { tenure = 1, ssn = Secret }), None);

        Assert.Equal(["ssn"], Assert.Single(await _world.LoggedAsync()).Redacted);
    }

    [Fact]
    public async Task Set_KeepsAHistoryAndTheSameAgainChangesNothing()
    {
        var policy = new LogPolicy { Sample = 0.5, Redact = new Dictionary<string, Redaction> { ["tenure"] = Redaction.Drop } };
        await _world.Policies.SetAsync("churn", policy, "ann", None);
        await _world.Policies.SetAsync("churn", policy with { Redact = new Dictionary<string, Redaction>(policy.Redact) }, "bob", None);

        LogPolicyState state = await _world.Policies.SetAsync("churn", policy with { Sample = 1 }, "cyd", None);

        Assert.Equal((2, "cyd", 1.0), (state.Revision, state.By, state.Policy.Sample));
        Assert.Equal(["cyd", "ann"], (await _world.Policies.HistoryAsync("churn", None).ToListAsync()).Select(h => h.By));
    }

    [Fact]
    public async Task Hash_WithASecretOfTheHost_CannotBeTriedByWhoHasTheStoreAlone()
    {
        await SetAsync(new LogPolicy { Redact = new Dictionary<string, Redaction> { ["Contract"] = Redaction.Hash } });
        var secret = new LogPolicies(_world.Tables, _world.Registry, _world.Time, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, name => name == LogPolicies.SecretSetting ? "pepper" : null);

        string with = (await secret.InForceAsync("churn", None)).Hash("Contract", Secret), without = (await _world.Policies.InForceAsync("churn", None)).Hash("Contract", Secret);

        Assert.NotEqual(without, with);
        Assert.Equal(with, (await secret.InForceAsync("churn", None)).Hash("Contract", Secret));
    }

    [Fact]
    public async Task LabelledRows_WithRedactedFeatures_AreLeftOutAndNothingIsLearnedOfNone()
    {
        await PredictAsync("r1", "Month");
        await SetAsync(new LogPolicy { Redact = new Dictionary<string, Redaction> { ["Contract"] = Redaction.Hash } });
        await PredictAsync("r2", "Month");
        var labelled = new LabelledRows(_world.Feedback, _world.Versions);
        await _world.Feedback.AddAsync("churn", [new("r2", 0, "Yes")], None);
        MlOpsException e = await ServingWorld.FailsAsync(ErrorKind.Refused, "log-redacted", () => labelled.ReadAsync("churn", DateTimeOffset.MinValue, DateTimeOffset.MaxValue, None));
        Assert.StartsWith("none of the 1 labelled predictions of 'churn' can be learned from: the log redacts Contract", e.Message, StringComparison.Ordinal);

        await _world.Feedback.AddAsync("churn", [new("r1", 0, "No")], None);

        LabelledData data = await labelled.ReadAsync("churn", DateTimeOffset.MinValue, DateTimeOffset.MaxValue, None);
        Assert.Equal((1, 1, "Month"), (data.Rows.RowCount, data.LeftOut, data.Rows["Contract"].Format(0)));
    }

    [Fact]
    public async Task Retention_OfWholeDays_DeletesSegmentsAndTheFeedbackOnThem()
    {
        await PredictAsync("old", "Month");
        await _world.Feedback.AddAsync("churn", [new("old", 0, "Yes"), new("nobody", 0, "Yes")], None);
        await _world.Log.FlushAsync(None);
        _world.Time.Advance(TimeSpan.FromDays(3));
        await PredictAsync("new", "Month");
        await _world.Log.FlushAsync(None);
        await _world.Feedback.AddAsync("churn", [new("new", 0, "Yes"), new("old", 0, "No")], None);
        await SetAsync(new LogPolicy { RetainDays = 3 });
        Assert.Equal(0, await _world.Retention.RunAsync(None));
        _world.Time.Advance(TimeSpan.FromDays(1));

        Assert.Equal(1, await _world.Retention.RunAsync(None));

        Assert.Equal("new", Assert.Single(await _world.LoggedAsync()).RequestId);
        Assert.Equal(1, await _world.Tables.ScanAsync("feedbackDays", "churn", EntityRange.All, None).CountAsync());
        Assert.Equal((1L, 1L, 1L, 0L), await SummaryAsync());
        Assert.Equal((1, 0), await CountAsync(new Feedback("old", 0, "No")));
        Assert.Equal(0, await _world.Retention.RunAsync(None));
    }

    public async Task InitializeAsync()
    {
        await _world.RegisterAsync("churn", FakeModel.Constant(0.7));
        await _world.ServeAsync("churn", new TrafficShare(1, 10_000));
    }

    public async Task DisposeAsync() => await _world.DisposeAsync();

    /// <summary>In force for this process's next request, too.</summary>
    private async Task SetAsync(LogPolicy policy)
    {
        await _world.Policies.SetAsync("churn", policy, "ann", None);
        _world.Time.Advance(TimeSpan.FromSeconds(4));
    }

    private Task<PredictionResult> PredictAsync(string id, string contract, object? tenure = null) => _world.Predictor.PredictAsync(
        new PredictionCall("churn", null, id, null), new Records(new { tenure = tenure ?? 1, Contract = contract }), None);

    private async Task<(long, long, long, long)> SummaryAsync()
    {
        FeedbackSummary s = await _world.Feedback.SummaryAsync("churn", DateTimeOffset.MinValue, None);
        return (s.Predictions, s.Truths, s.Matched, s.Unmatched);
    }

    private async Task<(long, long)> CountAsync(Feedback item)
    {
        FeedbackResult result = await _world.Feedback.AddAsync("churn", [item], None);
        return (result.Accepted, result.Repeated);
    }

    private async Task<string> TextOnDiskAsync()
    {
        var text = new System.Text.StringBuilder();
        await foreach (BlobInfo blob in _world.Blobs.ListAsync("predictions", "", None))
        {
            await using Stream segment = await _world.Blobs.OpenReadAsync("predictions", blob.Path, null, None);
            using var lines = new StreamReader(new GZipStream(segment, CompressionMode.Decompress));
            text.Append(await lines.ReadToEndAsync());
        }

        return text.ToString();
    }

    private sealed class Records(object row) : IRequestRows
    {
        public bool TryRead(FeatureRows rows) => false;

        public Table Bind(RequestBinder binder) => binder.BindRecords(System.Text.Json.JsonSerializer.SerializeToElement(new[] { row }));
    }
}
