using MlOps.Domain.Rollout;
using MlOps.Domain.Rollout.Evidence;
using MlOps.Domain.Rollout.Steps;

namespace MlOps.Domain.Tests.Rollout.Evidence;

public sealed class StageJudgeTests
{
    private static readonly RolloutPolicy Policy = new() { Bake = TimeSpan.FromMinutes(10), Deadline = TimeSpan.FromHours(2) };

    [Theory]
    [InlineData(9.9, null, RolloutVerdict.Wait)]
    [InlineData(10, null, RolloutVerdict.Pass)]
    [InlineData(13, 4.0, RolloutVerdict.Wait)]
    [InlineData(14, 4.0, RolloutVerdict.Pass)]
    [InlineData(59, 30.0, RolloutVerdict.Wait)]
    [InlineData(60, 30.0, RolloutVerdict.Pass)]
    [InlineData(120, 70.0, RolloutVerdict.CannotMeasure)]
    public void Judge_AfterDoubt_PassesOnlyWhenItStayedAwayAsLongAgain(double minutes, double? doubted, RolloutVerdict verdict) =>
        Assert.Equal(verdict, StageJudge.Judge(Evidence(EvidenceVerdict.Met), Clock(minutes, doubted)).Verdict);

    [Theory]
    [InlineData(EvidenceVerdict.Met, GuardrailLevel.Hard, 1, false, RolloutVerdict.Wait)]
    [InlineData(EvidenceVerdict.Met, GuardrailLevel.Hard, 1, true, RolloutVerdict.Pass)]
    [InlineData(EvidenceVerdict.Unmeasured, GuardrailLevel.Hard, 1, true, RolloutVerdict.Pass)]
    [InlineData(EvidenceVerdict.Breached, GuardrailLevel.Soft, 1, false, RolloutVerdict.Hold)]
    [InlineData(EvidenceVerdict.Breached, GuardrailLevel.Soft, 1, true, RolloutVerdict.Hold)]
    [InlineData(EvidenceVerdict.Doubtful, GuardrailLevel.Hard, 1, true, RolloutVerdict.Hold)]
    [InlineData(EvidenceVerdict.Doubtful, GuardrailLevel.Hard, 130, true, RolloutVerdict.Breach)]
    [InlineData(EvidenceVerdict.Breached, GuardrailLevel.Hard, 1, true, RolloutVerdict.Breach)]
    [InlineData(EvidenceVerdict.Met, GuardrailLevel.Hard, 130, false, RolloutVerdict.CannotMeasure)]
    public void Approval_WhateverItSays_LeavesWhatSpeaksAgainst(EvidenceVerdict seen, GuardrailLevel level, double minutes, bool approved, RolloutVerdict verdict)
    {
        CheckInput input = Waiting(minutes, approved);
        Judgement? objection = StageJudge.Waiting(Evidence(seen, level), StageClock.Of(Policy, input));

        Assert.Equal(verdict, StepHolds.Approval(Policy, input, objection).Verdict);
    }

    [Fact]
    public void Approval_OfLopsidedUnits_CannotBeMeasured()
    {
        RolloutEvidence evidence = Evidence(EvidenceVerdict.Met) with { SampleRatio = new SampleRatioEvidence(100, 300, 0.5, 1e-9) };
        CheckInput input = Waiting(1, approved: true);

        Judgement judgement = StepHolds.Approval(Policy, input, StageJudge.Waiting(evidence, StageClock.Of(Policy, input)));

        Assert.Equal(RolloutVerdict.CannotMeasure, judgement.Verdict);
        Assert.StartsWith("sample ratio mismatch", judgement.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, RolloutVerdict.CannotMeasure)]
    [InlineData(false, RolloutVerdict.Hold)]
    public void Pause_OfWhatCannotBeMeasured_HoldsUpTheDeadlineAndNoMismatch(bool lopsided, RolloutVerdict verdict)
    {
        RolloutEvidence evidence = Evidence(EvidenceVerdict.Unmeasured);
        evidence = lopsided ? evidence with { SampleRatio = new SampleRatioEvidence(100, 300, 0.5, 1e-9) } : evidence;
        CheckInput input = Waiting(130, approved: false) with { AwaitsApproval = false, PausedBy = "bob", Sequential = true };
        Judgement judgement = StageJudge.Judge(evidence, StageClock.Of(Policy, input));

        CheckResult result = StepHolds.Apply(Policy, input, new CheckResult(judgement.Verdict, judgement.Reason, null, null, null, evidence, judgement.Cause));

        Assert.Equal((RolloutVerdict.CannotMeasure, verdict), (judgement.Verdict, result.Verdict));
    }

    [Theory]
    [InlineData("errorRate", true)]
    [InlineData("freeze", false)]
    public void Hold_OfACauseThatWasStored_IsNoFurtherDecision(string cause, bool isDecision)
    {
        var result = new CheckResult(RolloutVerdict.Hold, "held", null, null, null, null, cause);

        Assert.Equal(isDecision, StepHolds.IsDecision(Waiting(1, false) with { Held = true, HeldBy = ["latencyP95", "freeze"] }, result));
        Assert.False(StepHolds.IsDecision(Waiting(1, false) with { Held = true }, result));
    }

    [Fact]
    public void Bandit_DuringAFreeze_GetsNoMoreTraffic()
    {
        RolloutEvidence evidence = Evidence(EvidenceVerdict.Met) with { Bandit = new BanditEvidence(0.9, 80) };
        CheckInput input = Waiting(1, false) with { Sequential = true, Percent = 50 };
        RolloutPolicy frozen = Policy with { Freeze = [$"{input.Now:yyyy-MM-dd} - {input.Now.AddDays(2):yyyy-MM-dd}"] };

        Assert.Equal(50, StepHolds.Apply(frozen, input, new CheckResult(RolloutVerdict.Wait, "", null, null, null, evidence)).Evidence!.Bandit!.Percent);
        Assert.Equal(80, StepHolds.Apply(Policy, input, new CheckResult(RolloutVerdict.Wait, "", null, null, null, evidence)).Evidence!.Bandit!.Percent);
    }

    [Theory]
    [InlineData(RolloutStrategy.Canary, RolloutApproval.None)]
    [InlineData(RolloutStrategy.Canary, RolloutApproval.Manual)]
    [InlineData(RolloutStrategy.AbTest, RolloutApproval.Manual)]
    public void Alpha_OfAllTestsTogether_IsWhatThePolicyAllows(RolloutStrategy strategy, RolloutApproval approval)
    {
        var policy = new RolloutPolicy { Strategy = strategy, Approval = approval, Guardrails = [new(RolloutMetric.PredictionShift, 0.1)] };
        if (strategy == RolloutStrategy.AbTest)
            policy = policy with { Goal = new RolloutGoal(RolloutMetric.ErrorRate, 0.01) };
        int windows = RolloutStage.Of(policy, watched: true).Count + (approval == RolloutApproval.Manual ? 1 : 0);

        var budget = AlphaBudget.Of(policy);

        Assert.Equal(policy.Alpha, (4 * windows * budget.Guardrail) + (policy.Goal is null ? 0 : 2 * budget.SideOfGoal), 12);
    }

    private static StageClock Clock(double minutes, double? doubted) =>
        new(TimeSpan.FromMinutes(minutes), doubted is { } at ? TimeSpan.FromMinutes(at) : null, Policy.Bake, Policy.Deadline);

    private static RolloutEvidence Evidence(EvidenceVerdict verdict, GuardrailLevel level = GuardrailLevel.Hard) =>
        new([new MetricEvidence(RolloutMetric.ErrorRate, level, verdict, 0.02, 0.01, 100, 100, null, null, 0.01, "error rate 2 %")]);

    private static CheckInput Waiting(double minutes, bool approved)
    {
        DateTimeOffset since = new(2026, 1, 7, 12, 0, 0, TimeSpan.Zero);
        return new("churn", 2, 1, 20, since, since.AddMinutes(minutes), AwaitsApproval: true, approved, 3, Sequential: true);
    }
}
