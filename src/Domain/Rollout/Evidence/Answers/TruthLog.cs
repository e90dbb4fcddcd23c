using MlOps.Domain.Serving.Log;
using MlOps.Learning.Statistics;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Rollout.Evidence.Answers;

/// <summary>Compares two versions by the ground truth that is known by now. It comes late and for any row, so the window is read whole.</summary>
internal sealed class TruthLog(RolloutSources sources)
{
    /// <summary>Each version on its own requests.</summary>
    public async Task<Comparison> OfGroupsAsync(RolloutMetric metric, AnswerWindow window, CancellationToken cancellationToken)
    {
        var signatures = new Dictionary<int, ModelSignature>();
        foreach (int version in new[] { window.Canary, window.Champion })
            signatures[version] = (await sources.Versions.GetAsync(window.Model, version, cancellationToken)).Signature;
        var moments = signatures.Keys.ToDictionary(v => v, _ => default(SampleMoments));
        await foreach (LabelledPrediction row in sources.Feedback.JoinAsync(window.Model, window.From, window.To, cancellationToken))
        {
            LoggedPrediction answered = row.Prediction;
            if (window.Has(answered.Version, answered.Time) && RowScore.Of(metric, signatures[answered.Version], Answer.Of(signatures[answered.Version], answered), row.Truth) is var score && !double.IsNaN(score))
                moments[answered.Version] = moments[answered.Version].Add(score);
        }

        return Compare(metric, moments[window.Canary], moments[window.Champion]);
    }

    /// <summary>The mean of how much worse a shadow did on each row.</summary>
    public async Task<Comparison> OfPairsAsync(RolloutMetric metric, AnswerWindow window, StepAnswers answers, CancellationToken cancellationToken)
    {
        SampleMoments shadow = default, champion = default, worse = default;
        await foreach (LabelledPrediction row in sources.Feedback.JoinAsync(window.Model, window.From, window.To, cancellationToken))
        {
            ulong key = RowKey.Of(row.Prediction.RequestId, row.Prediction.Row);
            if (row.Prediction.Version != window.Champion || !answers.Champion.Kept.TryGetValue(key, out Answer own) || !answers.Canary.Kept.TryGetValue(key, out Answer other))
                continue;
            double score = RowScore.Of(metric, answers.CanarySignature, other, row.Truth), reference = RowScore.Of(metric, answers.ChampionSignature, own, row.Truth);
            if (double.IsNaN(score) || double.IsNaN(reference))
                continue;
            (shadow, champion, worse) = (shadow.Add(score), champion.Add(reference), worse.Add(RowScore.Worse(metric, score, reference)));
        }

        // As if one row more did not differ.
        return worse.Count == 0 ? Comparison.Nothing : new(shadow.Mean, champion.Mean, worse.Count, worse.Count, new MeanDifference(worse.Mean, worse.VarianceOfMeanWith(0)));
    }

    private static Comparison Compare(RolloutMetric metric, SampleMoments canary, SampleMoments champion)
    {
        if (canary.Count == 0 || champion.Count == 0)
            return Comparison.Nothing with { Canary = Mean(canary), Champion = Mean(champion), CanarySamples = canary.Count, ChampionSamples = champion.Count };
        double variance = metric == RolloutMetric.Accuracy
            ? OfRate(canary).VarianceOfMean + OfRate(champion).VarianceOfMean
            : canary.VarianceOfMeanWith(champion.Mean) + champion.VarianceOfMeanWith(canary.Mean);
        return new(canary.Mean, champion.Mean, canary.Count, champion.Count, new MeanDifference(RowScore.Worse(metric, canary.Mean, champion.Mean), variance));
    }

    private static SampleMoments OfRate(SampleMoments hits) => SampleMoments.OfRate((long)Math.Round(hits.Mean * hits.Count), hits.Count);

    private static double? Mean(SampleMoments moments) => moments.Count == 0 ? null : moments.Mean;
}
