using MlOps.Domain.Rollout.Evidence.Answers;
using MlOps.Learning.Statistics;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Rollout.Evidence;

/// <summary>
/// How far two versions' predictions lie apart: the population stability index of the scores over the champion's deciles, of several
/// classes that of their shares (classes that the champion does not know are one more). It is judged as a distance (<see cref="StabilityEstimate.Distance"/>), whose limit is the root of the index's.
/// </summary>
internal static class PredictionShift
{
    public static Comparison Of(ModelSignature signature, IReadOnlyCollection<Answer> canary, IReadOnlyCollection<Answer> champion)
    {
        if (canary.Count == 0 || champion.Count == 0)
            return Comparison.Nothing with { CanarySamples = canary.Count, ChampionSamples = champion.Count };
        (long[] reference, long[] current) = signature.Task == LearningTask.Multiclass
            ? (Counts(signature, champion), Counts(signature, canary))
            : PopulationStability.Bins(Scores(champion), Scores(canary));
        var estimate = StabilityEstimate.Of(reference, current);
        return new Comparison(estimate.Index, 0, canary.Count, champion.Count, estimate.Distance);
    }

    private static double[] Scores(IEnumerable<Answer> answers) => [.. answers.Select(a => a.Scores[0]).Order()];

    /// <summary>The champion's classes, and one place for all that it does not know: a version with new classes moves answers there.</summary>
    private static long[] Counts(ModelSignature signature, IReadOnlyCollection<Answer> answers)
    {
        Dictionary<string, int> counts = answers.CountBy(a => a.Prediction).ToDictionary();
        long[] known = [.. signature.Classes.Select(c => (long)counts.GetValueOrDefault(c))];
        return [.. known, answers.Count - known.Sum()];
    }
}
