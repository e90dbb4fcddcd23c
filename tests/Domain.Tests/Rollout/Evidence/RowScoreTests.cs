using MlOps.Domain.Rollout;
using MlOps.Domain.Rollout.Evidence;
using MlOps.Domain.Rollout.Evidence.Answers;
using MlOps.Learning.Statistics;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Rollout.Evidence;

/// <summary>Brier scores of versions whose classes are not the same.</summary>
public sealed class RowScoreTests
{
    private static readonly ModelSignature Two = new(LearningTask.Binary, "kind", [], ["a", "b"]);
    private static readonly ModelSignature Three = new(LearningTask.Multiclass, "kind", [], ["c", "a", "b"]);

    [Fact]
    public void Brier_OfTwoBinaryVersions_IsTheSquareOfThePositiveOnesError()
    {
        var score = new RowScore(RolloutMetric.BrierScore, Two, Two with { Classes = ["b", "a"] });

        Assert.Equal(0.09, score.Of(Two, new Answer("b", [0.7]), "b"), 12);
        Assert.Equal(0.09, score.Of(Two with { Classes = ["b", "a"] }, new Answer("b", [0.3]), "b"), 12);
        Assert.Equal(double.NaN, score.Of(Two, new Answer("b", [0.7]), "c"));
    }

    [Theory]
    [InlineData("a", 2 * 0.7 * 0.7)]
    [InlineData("b", 2 * 0.3 * 0.3)]
    [InlineData("c", (0.3 * 0.3) + (0.7 * 0.7) + 1)]
    public void Brier_OfATwoClassAndAThreeClassVersion_IsTheSumOverAllClassesOfBoth(string truth, double expected)
    {
        var score = new RowScore(RolloutMetric.BrierScore, Three, Two);

        // The same probabilities, so the same score: on two scales the version that knows more would look twice as bad.
        Assert.Equal(expected, score.Of(Two, new Answer("b", [0.7]), truth), 12);
        Assert.Equal(expected, score.Of(Three, new Answer("b", [0, 0.3, 0.7]), truth), 12);
        Assert.Equal(expected, new RowScore(RolloutMetric.BrierScore, Two, Three).Of(Two, new Answer("b", [0.7]), truth), 12);
    }

    [Fact]
    public void Guardrail_OfAThreeClassVersionThatAnswersAsTheTwoClassOne_IsMet()
    {
        var policy = new RolloutPolicy { Guardrails = [new(RolloutMetric.BrierScore, 0.01)] };
        var score = new RowScore(RolloutMetric.BrierScore, Three, Two);
        (ClusterSums canary, ClusterSums champion) = (new(1), new(1));
        for (int i = 0; i < 4_000; i++)
        {
            string truth = i % 10 < 7 ? "b" : "a";
            canary.Add(ClusterSums.Alone, score.Of(Three, new Answer("b", [0, 0.3, 0.7]), truth));
            champion.Add(ClusterSums.Alone, score.Of(Two, new Answer("b", [0.7]), truth));
        }

        Comparison seen = TruthLog.Compare(RolloutMetric.BrierScore, canary, champion);

        Assert.Equal(EvidenceVerdict.Met, new PolicyJudge(policy).VerdictOf(policy.Guardrails[0], seen, StageKind.Share, 50));
    }
}
