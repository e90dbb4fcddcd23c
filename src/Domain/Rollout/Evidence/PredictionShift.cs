using MlOps.Domain.Serving.Log;
using MlOps.Learning.Statistics;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Rollout.Evidence;

/// <summary>
/// How far two versions' predictions lie apart: the population stability index of the scores over the champion's deciles, of several
/// classes that of their shares, less what it is by chance alone, (bins - 1)(1/n + 1/m), with the standard deviation that goes with it
/// (under "no shift" the index is that factor times a chi-square; Yurdakul and Naranjo 2020).
/// </summary>
internal static class PredictionShift
{
    private const int Deciles = 10;

    public static Comparison Of(ModelSignature signature, IReadOnlyList<LoggedPrediction> canary, IReadOnlyList<LoggedPrediction> champion)
    {
        if (canary.Count == 0 || champion.Count == 0)
            return Comparison.Nothing with { CanarySamples = canary.Count, ChampionSamples = champion.Count };
        bool byClass = signature.Task == LearningTask.Multiclass;
        double index = byClass
            ? PopulationStability.Of(Counts(signature, champion), Counts(signature, canary))
            : PopulationStability.Deciles(Scores(champion), Scores(canary));
        int bins = byClass ? signature.Classes.Count : Deciles;
        double unit = (1.0 / canary.Count) + (1.0 / champion.Count);
        var worse = new MeanDifference(index - ((bins - 1) * unit), 2 * (bins - 1) * unit * unit);
        return new Comparison(index, 0, canary.Count, champion.Count, worse);
    }

    private static double[] Scores(IReadOnlyList<LoggedPrediction> rows) => [.. rows.Select(r => r.Scores[0]).Order()];

    private static long[] Counts(ModelSignature signature, IReadOnlyList<LoggedPrediction> rows)
    {
        Dictionary<string, int> counts = rows.CountBy(r => r.Prediction).ToDictionary();
        return [.. signature.Classes.Select(c => (long)counts.GetValueOrDefault(c))];
    }
}
