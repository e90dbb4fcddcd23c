using MlOps.Domain.Serving.Log;
using MlOps.Learning.Statistics;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Rollout.Evidence;

/// <summary>Compares two versions by what the prediction log says of them, each on its own requests of the same window.</summary>
internal sealed class LoggedEvidence(RolloutSources sources)
{
    /// <summary>Rows a version, the first ones of the window: more tell a shift no better and only cost time.</summary>
    private const int ShiftRows = 10_000;

    public async Task<Comparison> ReadAsync(
        RolloutMetric metric, string model, int canary, int champion, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken) => metric == RolloutMetric.PredictionShift
        ? await ShiftAsync(model, canary, champion, from, to, cancellationToken)
        : await TruthAsync(metric, model, canary, champion, from, to, cancellationToken);

    private async Task<Comparison> ShiftAsync(string model, int canary, int champion, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
    {
        var rows = new Dictionary<int, List<LoggedPrediction>> { [canary] = [], [champion] = [] };
        await foreach (LoggedPrediction row in sources.Predictions.ReadAsync(model, from, to, int.MaxValue, cancellationToken))
        {
            if (rows.TryGetValue(row.Version, out List<LoggedPrediction>? kept) && kept.Count < ShiftRows)
                kept.Add(row);
            if (rows.Values.All(k => k.Count == ShiftRows))
                break;
        }

        ModelSignature signature = (await sources.Versions.GetAsync(model, champion, cancellationToken)).Signature;
        return PredictionShift.Of(signature, rows[canary], rows[champion]);
    }

    private async Task<Comparison> TruthAsync(
        RolloutMetric metric, string model, int canary, int champion, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
    {
        var signatures = new Dictionary<int, ModelSignature>();
        foreach (int version in new[] { canary, champion })
            signatures[version] = (await sources.Versions.GetAsync(model, version, cancellationToken)).Signature;
        var moments = signatures.Keys.ToDictionary(v => v, _ => default(SampleMoments));
        await foreach (LabelledPrediction row in sources.Feedback.JoinAsync(model, from, to, cancellationToken))
        {
            if (signatures.TryGetValue(row.Prediction.Version, out ModelSignature? signature) && RowScore.Of(metric, signature, row.Prediction, row.Truth) is var score && !double.IsNaN(score))
                moments[row.Prediction.Version] = moments[row.Prediction.Version].Add(score);
        }

        return Compare(metric, moments[canary], moments[champion]);
    }

    private static Comparison Compare(RolloutMetric metric, SampleMoments canary, SampleMoments champion)
    {
        (canary, SampleMoments reference) = metric == RolloutMetric.Accuracy ? (OfRate(canary), OfRate(champion)) : (canary, champion);
        var worse = new MeanDifference(
            canary.Count == 0 || reference.Count == 0 ? double.NaN : RowScore.Worse(metric, canary.Mean, reference.Mean), canary.VarianceOfMean + reference.VarianceOfMean);
        return new(Mean(canary), Mean(reference), canary.Count, reference.Count, worse);
    }

    private static SampleMoments OfRate(SampleMoments hits) => SampleMoments.OfRate((long)Math.Round(hits.Mean * hits.Count), hits.Count);

    private static double? Mean(SampleMoments moments) => moments.Count == 0 ? null : moments.Mean;
}
