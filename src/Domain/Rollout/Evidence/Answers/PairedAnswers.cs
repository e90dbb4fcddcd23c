using MlOps.Domain.Serving.Units;
using MlOps.Learning.Statistics;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Rollout.Evidence.Answers;

/// <summary>What a shadow answered to the champion's rows. A pair takes out what the rows themselves differ in, so the same number of rows tells far smaller differences than two groups of requests do.</summary>
/// <param name="Disagreement">The share of other classes, against none.</param>
internal sealed record PairedAnswers(Comparison Shift, Comparison Disagreement, ShadowEvidence Evidence)
{
    public static PairedAnswers Of(StepAnswers answers)
    {
        var pairs = answers.Champion.Kept.Where(a => answers.Canary.Kept.ContainsKey(a.Key)).Select(a => (Shadow: answers.Canary.Kept[a.Key], Champion: a.Value)).ToList();
        if (pairs.Count == 0)
            return new(Comparison.Nothing, Comparison.Nothing, new(0, null, null, null));
        LearningTask task = answers.ChampionSignature.Task;
        Comparison shift = PredictionShift.Of(answers.CanarySignature, answers.ChampionSignature, [.. pairs.Select(p => p.Shadow)], [.. pairs.Select(p => p.Champion)]);
        SampleMoments other = SampleMoments.OfRate(pairs.Count(p => p.Shadow.Prediction != p.Champion.Prediction), pairs.Count);
        var differing = new ClusterSums(UnitCluster.Count);
        foreach ((Answer shadow, Answer champion) in pairs)
            differing.Add(champion.Cluster, shadow.Prediction == champion.Prediction ? 0 : 1);
        double variance = differing.VarianceOfMean(other.VarianceOfMean, 0, isShare: true);
        return new(
            shift,
            new(other.Mean, 0, pairs.Count, pairs.Count, new MeanDifference(other.Mean, variance))
            {
                CanaryUnits = differing.Distinct,
                ChampionUnits = differing.Distinct,
                DesignEffect = variance / other.VarianceOfMean,
            },
            new(
                pairs.Count,
                task == LearningTask.Regression ? null : 1 - other.Mean,
                shift.Canary,
                PredictionShift.HaveOneScore(answers.CanarySignature, answers.ChampionSignature) ? pairs.Average(p => p.Shadow.Scores[0] - p.Champion.Scores[0]) : null));
    }
}
