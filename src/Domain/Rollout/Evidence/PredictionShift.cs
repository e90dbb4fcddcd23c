using MlOps.Domain.Rollout.Evidence.Answers;
using MlOps.Domain.Serving.Units;
using MlOps.Learning.Statistics;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Rollout.Evidence;

/// <summary>
/// How far two versions' predictions lie apart: the population stability index of the scores over the champion's deciles, of several
/// classes, or classes that differ, that of their shares (classes that the champion does not know are one more). It is judged as a distance (<see cref="StabilityEstimate.Distance"/>), whose limit is the root of the index's.
/// </summary>
internal static class PredictionShift
{
    /// <summary>Whether the versions' first scores mean the same thing: a number, or the probability of the same one of the same two classes.</summary>
    public static bool HaveOneScore(ModelSignature canary, ModelSignature champion) => champion.Task == LearningTask.Regression
        || (canary.Task == LearningTask.Binary && champion.Task == LearningTask.Binary && canary.Classes.SequenceEqual(champion.Classes));

    public static Comparison Of(ModelSignature canarySignature, ModelSignature signature, IReadOnlyCollection<Answer> canary, IReadOnlyCollection<Answer> champion)
    {
        if (canary.Count == 0 || champion.Count == 0)
            return Comparison.Nothing with { CanarySamples = canary.Count, ChampionSamples = champion.Count };
        (ClusterCounts reference, ClusterCounts current) = HaveOneScore(canarySignature, signature)
            ? ByScore(PopulationStability.Edges(Scores(champion)), champion, canary)
            : (ByClass(signature, champion), ByClass(signature, canary));
        (double effect, double championEffect) = (current.DesignEffect(), reference.DesignEffect());
        var estimate = StabilityEstimate.Of(reference.Bins, current.Bins, championEffect, effect);
        return new Comparison(estimate.Index, 0, canary.Count, champion.Count, estimate.Distance)
        {
            CanaryUnits = current.Distinct,
            ChampionUnits = reference.Distinct,
            DesignEffect = estimate.Unit / ((1.0 / canary.Count) + (1.0 / champion.Count)),
        };
    }

    private static double[] Scores(IEnumerable<Answer> answers) => [.. answers.Select(a => a.Scores[0]).Order()];

    private static (ClusterCounts Reference, ClusterCounts Current) ByScore(double[] edges, IEnumerable<Answer> champion, IEnumerable<Answer> canary)
    {
        ClusterCounts Counted(IEnumerable<Answer> answers) => Count(edges.Length + 1, answers, a => PopulationStability.BinOf(edges, a.Scores[0]));
        return (Counted(champion), Counted(canary));
    }

    /// <summary>The champion's classes, and one place for all that it does not know: a version with new classes moves answers there.</summary>
    private static ClusterCounts ByClass(ModelSignature signature, IEnumerable<Answer> answers)
    {
        Dictionary<string, int> places = signature.Classes.Select((name, i) => (name, i)).ToDictionary(c => c.name, c => c.i);
        return Count(places.Count + 1, answers, a => places.GetValueOrDefault(a.Prediction, places.Count));
    }

    private static ClusterCounts Count(int bins, IEnumerable<Answer> answers, Func<Answer, int> binOf)
    {
        var counts = new ClusterCounts(bins, UnitCluster.Count);
        foreach (Answer answer in answers)
            counts.Add(binOf(answer), answer.Cluster);
        return counts;
    }
}
