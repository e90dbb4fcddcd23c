using MlOps.Contracts;
using MlOps.Domain.Rollout;
using MlOps.Domain.Rollout.Evidence;
using MlOps.Domain.Rollout.Evidence.Answers;
using MlOps.Domain.Serving.Log;
using MlOps.Domain.Serving.Shadows;
using MlOps.Domain.Serving.Units;
using MlOps.Domain.Tests.Serving;
using MlOps.Learning.Statistics;
using MlOps.Learning.Tables;

namespace MlOps.Domain.Tests.Rollout.Evidence;

/// <summary>What is read of the prediction log, and what is kept of it.</summary>
public sealed class AnswerTests : IAsyncLifetime
{
    private readonly ServingWorld _world = new();
    private readonly DateTimeOffset _start = new(2026, 1, 1, 9, 0, 0, TimeSpan.Zero);
    private int _requests;

    private static CancellationToken None => CancellationToken.None;

    private AnswerLog Log => new(RolloutWorld.Sources(_world));

    [Fact]
    public async Task Shift_OfScoresThatFollowTheTimeOfDay_IsNoneThoughTheChampionHasManyTimesTheRows()
    {
        // Mornings score low and evenings high, of both; the champion's first 10,000 rows are all of the morning.
        for (int hour = 0; hour < 4; hour++)
        {
            Answer("churn", 1, hour, 6_000, 0.2 + (0.2 * hour));
            Answer("churn", 2, hour, 200, 0.2 + (0.2 * hour));
        }

        StepAnswers answers = await Log.ReadAsync(null, Window(4), None);

        Assert.Equal((800, 10_000), (answers.Shift.CanarySamples, answers.Shift.ChampionSamples));
        Assert.InRange(answers.Shift.Canary!.Value, 0, 0.02);
    }

    [Fact]
    public async Task Shift_ThatBeginsLate_IsSeenByReadingOnlyWhatIsNew()
    {
        Answers("churn", 1, 0, 11_000, 0.5);
        Answers("churn", 2, 0, 300, 0.5);
        StepAnswers first = await Log.ReadAsync(null, Window(1), None);
        double before = first.Shift.Canary!.Value;
        Answers("churn", 1, 2, 11_000, 0.5);
        Answers("churn", 2, 2, 300, 0.9);

        StepAnswers second = await Log.ReadAsync(first, Window(3), None);

        Assert.Same(first, second);
        Assert.Equal(0, before);
        Assert.Equal((600, 10_000), (second.Shift.CanarySamples, second.Shift.ChampionSamples));
        Assert.True(second.Shift.Canary > 1);
    }

    [Fact]
    public async Task Answers_OfTheLastStep_AreTheNewVersionsSinceItBeganAndTheChampionsOfBefore()
    {
        Answer("churn", 1, 0, 100, 0.5);
        Answer("churn", 2, 0, 100, 0.5);
        Answer("churn", 2, 2, 40, 0.5);

        StepAnswers answers = await Log.ReadAsync(null, Window(3) with { CanarySince = _start.AddHours(1) }, None);

        Assert.Equal((40, 100), (answers.Shift.CanarySamples, answers.Shift.ChampionSamples));
    }

    [Fact]
    public async Task Pairs_OfAShadow_AreFoundEvenWhenTheShadowAnswersLater()
    {
        Answer("churn", 1, 0.9, 50, 0.7);
        AnswerWindow window = Window(1) with { Paired = true };
        StepAnswers none = await Log.ReadAsync(null, window, None);
        Assert.Equal(0, none.Pairs!.Evidence.Pairs);
        _requests = 0;
        Answer(ShadowMirror.LogName("churn"), 2, 0.98, 50, 0.4);
        _requests = 0;
        Answer("churn", 1, 0.98, 50, 0.7);

        PairedAnswers pairs = (await Log.ReadAsync(none, window with { To = _start.AddHours(2) }, None)).Pairs!;

        Assert.Equal((50, 0.0), (pairs.Evidence.Pairs, pairs.Evidence.Agreement));
        Assert.Equal(-0.3, pairs.Evidence.ScoreDifference!.Value, 9);
    }

    [Fact]
    public async Task Answers_WrittenHoursLate_AreReadAllTheSameAndOnce()
    {
        Answer("churn", 1, 0.1, 60, 0.5);
        Answer("churn", 2, 0.1, 60, 0.5);
        StepAnswers answers = await Log.ReadAsync(null, Window(4), None);
        Answer("churn", 2, 0.2, 40, 0.5);

        await Log.ReadAsync(answers, Window(5), None);

        Assert.Equal((100, 60), (answers.Shift.CanarySamples, answers.Shift.ChampionSamples));
        string[] written = [.. await _world.Blobs.ListAsync("predictions", "churn/", None).Select(b => b.Path).ToListAsync()];
        Assert.DoesNotContain(written, path => answers.Segments.IsNew(path, _start.AddHours(5)));
    }

    [Fact]
    public async Task Pairs_OfAShadowThatAnswersMuchLater_AreFoundAmongWhatWasCopied()
    {
        AnswerWindow window = Window(1) with { Paired = true, Copied = (id, _) => id != "r1" };
        Answer("churn", 1, 0.1, 50, 0.7);
        Answer("churn", 1, 0.1, 50, 0.7);
        StepAnswers answers = await Log.ReadAsync(null, window, None);
        Assert.Equal((0, 50), (answers.Pairs!.Evidence.Pairs, answers.Champion.Kept.Count));
        _requests = 0;
        Answer(ShadowMirror.LogName("churn"), 2, 0.1, 50, 0.4);

        await Log.ReadAsync(answers, window with { To = _start.AddHours(2) }, None);

        Assert.Equal(50, answers.Pairs!.Evidence.Pairs);
    }

    [Fact]
    public async Task Readings_OfARolloutThatGoesOnElsewhere_AreDroppedThoughNobodyReads()
    {
        var readings = new LogReadings(_world.Time);
        Answer("churn", 1, 0, 10, 0.5);
        await readings.GetAsync<StepAnswers>("r1", Check(_start, 50), "answers", TimeSpan.FromMinutes(10), _ => Log.ReadAsync(null, Window(1), None), None);
        Assert.True(readings.Bytes > 0);

        await Eventually.TrueAsync(() =>
        {
            _world.Time.Advance(TimeSpan.FromMinutes(10));
            return readings.Bytes == 0;
        }, "what was read is dropped");
    }

    [Fact]
    public void Sample_OfTooManyBytes_KeepsTheSmallestHashesAndNothingTwice()
    {
        var sample = new AnswerSample(1_000, 50 * new Answer("", [0.5]).Bytes);
        for (int round = 0; round < 2; round++)
        {
            for (ulong key = 100; key > 0; key--)
                sample.Add(key, new Answer("", [0.5]));
        }

        Assert.Equal(Enumerable.Range(1, 50).Select(k => (ulong)k), sample.Kept.Keys.Order());
        Assert.Equal(50 * new Answer("", [0.5]).Bytes, sample.Bytes);
        Assert.False(sample.Wants(51));
    }

    [Fact]
    public async Task Readings_OfARollout_AreReadAgainAfterAFiftiethAndGoWithItsEnd()
    {
        var readings = new LogReadings(_world.Time);
        int read = 0;
        async Task<StepAnswers> AtAsync(double minutes, DateTimeOffset since) => await readings.GetAsync<StepAnswers>(
            "r1", Check(since, minutes), "answers", TimeSpan.FromMinutes(10),
            async before =>
            {
                read++;
                StepAnswers answers = before ?? await Log.ReadAsync(null, Window(1), None);
                answers.Canary.Add((ulong)read, new Answer("", [0.5]));
                return answers;
            },
            None);

        StepAnswers first = await AtAsync(50, _start);
        Assert.Same(first, await AtAsync(50.9, _start));
        Assert.Equal(1, read);
        Assert.Same(first, await AtAsync(52, _start));
        Assert.Equal(2, read);
        Assert.NotSame(first, await AtAsync(52, _start.AddMinutes(51)));
        Assert.True(readings.Bytes > 0);

        readings.Forget("r1");

        Assert.Equal(0, readings.Bytes);
    }

    [Theory]
    [InlineData(1, EvidenceVerdict.Unmeasured)]
    [InlineData(9, EvidenceVerdict.Unmeasured)]
    [InlineData(10, EvidenceVerdict.Breached)]
    public void Truth_OfAChampionWithHardlyAny_IsNoBreachYet(int champions, EvidenceVerdict expected)
    {
        var policy = new RolloutPolicy { Guardrails = [new(RolloutMetric.AbsoluteError, 1, GuardrailLevel.Hard, 400)] };
        var canary = new ClusterSums(UnitCluster.Count);
        canary.Add(ClusterSums.Alone, new SampleMoments(400, 5, 1));
        var champion = new ClusterSums(UnitCluster.Count);
        champion.Add(ClusterSums.Alone, new SampleMoments(champions, 1, champions));

        Comparison seen = TruthLog.Compare(RolloutMetric.AbsoluteError, canary, champion);

        Assert.Equal(expected, new PolicyJudge(policy).VerdictOf(policy.Guardrails[0], seen, StageKind.Share, 50));
    }

    [Theory]
    [InlineData(1, EvidenceVerdict.Unmeasured)]
    [InlineData(2, EvidenceVerdict.Unmeasured)]
    [InlineData(9, EvidenceVerdict.Unmeasured)]
    [InlineData(40, EvidenceVerdict.Breached)]
    public void Shift_OfHardlyAnyRequestsOfManyRows_IsNoBreach(int requests, EvidenceVerdict expected)
    {
        var policy = new RolloutPolicy { Guardrails = [new(RolloutMetric.PredictionShift, 0.1)] };
        Answer[] champion = [.. Enumerable.Range(0, 2_000).Select(i => new Answer("", [i % 2 == 0 ? 0.2 : 0.6], i % 400))];

        Comparison moved = PredictionShift.Of(FakeModel.Churn, FakeModel.Churn, [.. Enumerable.Range(0, 400).Select(i => new Answer("", [0.9], i % requests))], champion);
        Comparison reversed = PredictionShift.Of(FakeModel.Churn, FakeModel.Churn, champion, [.. Enumerable.Range(0, 400).Select(i => new Answer("", [i % requests % 2 == 0 ? 0.9 : 0.8], i % requests))]);

        Assert.Equal(expected, new PolicyJudge(policy).VerdictOf(policy.Guardrails[0], moved, StageKind.Share, 50));
        Assert.Equal(expected, new PolicyJudge(policy).VerdictOf(policy.Guardrails[0], reversed, StageKind.Share, 50));
        Assert.True(moved.DesignEffect >= 1);
    }

    [Theory]
    [InlineData(20, false)]
    [InlineData(1, true)]
    public void Shift_OfRowsThatComeTogether_IsOnlyFoundInEnoughRequests(int rows, bool isFound)
    {
        Answer[] Of(double low, double high) => [.. Enumerable.Range(0, 400).Select(i => new Answer("", [i / rows * rows % 400 < 200 ? low : high], i / rows))];

        Comparison shift = PredictionShift.Of(FakeModel.Churn, FakeModel.Churn, Of(0.2, 0.6), [.. Of(0.2, 0.2), .. Of(0.6, 0.2)]);

        Assert.Equal(isFound, new MixtureSprt(0.01, 0.3).IsAbove(shift.Worse, 0.1));
        Assert.Equal(rows, shift.DesignEffect, rows * 0.3);
    }

    [Fact]
    public async Task Truth_WithTheSameErrorInEachRow_IsEvidence()
    {
        var policy = new RolloutPolicy { Guardrails = [new(RolloutMetric.BrierScore, 0.05, GuardrailLevel.Hard, 30)] };
        Answers("churn", 1, 0, 60, 0.9);
        _requests = 0;
        Answers(ShadowMirror.LogName("churn"), 2, 0, 60, 0.5);
        await _world.Feedback.AddAsync("churn", [.. Enumerable.Range(0, 60).Select(i => new Feedback($"r{i}", 0, "Yes"))], None);
        AnswerWindow window = Window(1) with { Paired = true };

        Comparison seen = await new TruthLog(RolloutWorld.Sources(_world)).OfPairsAsync(RolloutMetric.BrierScore, window, await Log.ReadAsync(null, window, None), None);

        Assert.Equal(0.25 - 0.01, seen.Worse.Value, 9);
        Assert.Equal(EvidenceVerdict.Breached, new PolicyJudge(policy).VerdictOf(policy.Guardrails[0], seen, StageKind.Shadow, 0));
    }

    public async Task InitializeAsync()
    {
        await _world.RegisterAsync("churn", FakeModel.Constant(0.5));
        await _world.RegisterAsync("churn", FakeModel.Constant(0.5));
    }

    public async Task DisposeAsync() => await _world.DisposeAsync();

    private AnswerWindow Window(double hours) => new("churn", 2, 1, false, _start, _start, _start.AddHours(hours));

    private static CheckInput Check(DateTimeOffset since, double minutes) =>
        new("churn", 2, 0, 10, since, since.AddMinutes(minutes), false, false, 0, Sequential: true);

    /// <summary>One request of so many rows, in that hour of the step.</summary>
    private void Answer(string log, int version, double hour, int rows, double score)
    {
        Table table = ServingWorld.Rows(new double[rows]);
        _world.Log.Append(new PredictionRecord(log, version, $"r{_requests++}", _start.AddHours(hour), new RecordedRows(table), FakeModel.Constant(score).Score(table)));
    }

    /// <summary>So many requests of a row.</summary>
    private void Answers(string log, int version, double hour, int requests, double score)
    {
        for (int i = 0; i < requests; i++)
            Answer(log, version, hour, 1, score);
    }
}
