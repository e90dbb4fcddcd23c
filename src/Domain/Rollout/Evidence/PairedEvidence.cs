using MlOps.Domain.Serving.Log;
using MlOps.Domain.Serving.Shadows;
using MlOps.Learning.Statistics;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Rollout.Evidence;

/// <summary>
/// Compares a shadow with the champion on the same rows. A pair takes out what the rows themselves differ in, so the same number of rows
/// tells far smaller differences than two groups of requests do.
/// </summary>
internal sealed class PairedEvidence(RolloutSources sources)
{
    /// <summary>Pairs looked at, the first ones of the window.</summary>
    private const int MaxPairs = 50_000;

    /// <summary>A shadow answers a little after the champion, but is logged under the request's time.</summary>
    public async Task<PairedRows> ReadAsync(string model, int shadow, int champion, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
    {
        var answers = new Dictionary<(string, int), LoggedPrediction>();
        await foreach (LoggedPrediction row in sources.Predictions.ReadAsync(ShadowMirror.LogName(model), from, to, MaxPairs, cancellationToken))
        {
            if (row.Version == shadow)
                answers[(row.RequestId, row.Row)] = row;
        }

        var pairs = new List<(LoggedPrediction Shadow, LoggedPrediction Champion)>(answers.Count);
        await foreach (LoggedPrediction row in sources.Predictions.ReadAsync(model, from, to, int.MaxValue, cancellationToken))
        {
            if (row.Version == champion && answers.Remove((row.RequestId, row.Row), out LoggedPrediction? answer))
                pairs.Add((answer, row));
            if (answers.Count == 0)
                break;
        }

        ModelSignature own = (await sources.Versions.GetAsync(model, shadow, cancellationToken)).Signature;
        return new PairedRows(own, (await sources.Versions.GetAsync(model, champion, cancellationToken)).Signature, pairs);
    }

    /// <summary>The mean of how much worse the shadow did on each row whose truth is known.</summary>
    public async Task<Comparison> TruthAsync(RolloutMetric metric, string model, PairedRows rows, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
    {
        Dictionary<(string, int), LoggedPrediction> shadows = rows.Pairs.ToDictionary(p => (p.Champion.RequestId, p.Champion.Row), p => p.Shadow);
        SampleMoments shadow = default, champion = default, worse = default;
        await foreach (LabelledPrediction row in sources.Feedback.JoinAsync(model, from, to, cancellationToken))
        {
            if (!shadows.Remove((row.Prediction.RequestId, row.Prediction.Row), out LoggedPrediction? answer))
                continue;
            double own = RowScore.Of(metric, rows.Shadow, answer, row.Truth), reference = RowScore.Of(metric, rows.Champion, row.Prediction, row.Truth);
            if (double.IsNaN(own) || double.IsNaN(reference))
                continue;
            (shadow, champion, worse) = (shadow.Add(own), champion.Add(reference), worse.Add(RowScore.Worse(metric, own, reference)));
        }

        return worse.Count == 0 ? Comparison.Nothing : new(shadow.Mean, champion.Mean, worse.Count, worse.Count, new MeanDifference(worse.Mean, worse.VarianceOfMean));
    }
}

/// <summary>Rows that both versions answered.</summary>
internal sealed record PairedRows(ModelSignature Shadow, ModelSignature Champion, IReadOnlyList<(LoggedPrediction Shadow, LoggedPrediction Champion)> Pairs)
{
    private bool HasClasses => Champion.Task != LearningTask.Regression;

    private long Same => Pairs.Count(p => p.Shadow.Prediction == p.Champion.Prediction);

    public Comparison Shift => PredictionShift.Of(Champion, [.. Pairs.Select(p => p.Shadow)], [.. Pairs.Select(p => p.Champion)]);

    /// <summary>The share of other classes, against none.</summary>
    public Comparison Disagreement
    {
        get
        {
            SampleMoments other = SampleMoments.OfRate(Pairs.Count - Same, Pairs.Count);
            return new(Pairs.Count == 0 ? null : other.Mean, 0, Pairs.Count, Pairs.Count, new MeanDifference(Pairs.Count == 0 ? double.NaN : other.Mean, other.VarianceOfMean));
        }
    }

    public ShadowEvidence Evidence => Pairs.Count == 0 ? new(0, null, null, null) : new(
        Pairs.Count,
        HasClasses ? (double)Same / Pairs.Count : null,
        Shift.Canary,
        Champion.Task == LearningTask.Multiclass ? null : Pairs.Average(p => p.Shadow.Scores[0] - p.Champion.Scores[0]));
}
