using MlOps.Domain.Rollout.Evidence;

namespace MlOps.Domain.Rollout.Steps;

/// <summary>From a step's evidence to what is done: the numbers are judged first, then comes what holds up a step that could go on.</summary>
internal static class StepVerdict
{
    public static CheckResult Of(RolloutPolicy policy, CheckInput input, RolloutEvidence evidence, TrafficNumbers? canary = null, TrafficNumbers? champion = null)
    {
        var clock = StageClock.Of(policy, input);
        Judgement judgement = input.AwaitsApproval ? StepHolds.Approval(policy, input, StageJudge.Waiting(evidence, clock)) : StageJudge.Judge(evidence, clock);
        return StepHolds.Apply(policy, input, new CheckResult(judgement.Verdict, judgement.Reason, canary, champion, null, evidence, judgement.Cause));
    }
}
