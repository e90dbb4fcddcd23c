using System.Runtime.CompilerServices;
using MlOps.Domain.Serving.Log;
using MlOps.Domain.Serving.Units;
using MlOps.Learning.Statistics;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Rollout.Evidence.Answers;

/// <summary>
/// Compares two versions by the ground truth that is known by now. It comes late and for any row, so the window is read whole. Rows of one
/// request, or of one unit, are no independent samples: variances are those of their clusters.
/// </summary>
internal sealed class TruthLog(RolloutSources sources)
{
    /// <summary>Each version on its own requests.</summary>
    public async Task<Comparison> OfGroupsAsync(RolloutMetric metric, AnswerWindow window, CancellationToken cancellationToken)
    {
        window = window with { Others = null };
        var signatures = new Dictionary<int, ModelSignature>();
        foreach (int version in new[] { window.Canary, window.Champion })
            signatures[version] = (await sources.Versions.GetAsync(window.Model, version, cancellationToken)).Signature;
        var score = new RowScore(metric, signatures[window.Canary], signatures[window.Champion]);
        var scores = signatures.Keys.ToDictionary(v => v, _ => new ClusterSums(UnitCluster.Count));
        await foreach ((LoggedPrediction answered, double value) in ScoresAsync(metric, window, row => score.Of(signatures[row.Prediction.Version], Answer.Of(signatures[row.Prediction.Version], row.Prediction), row.Truth), cancellationToken))
            scores[answered.Version].Add(UnitCluster.Of(answered), value);

        return Compare(metric, scores[window.Canary], scores[window.Champion]);
    }

    /// <summary>
    /// A bandit's: its shares move, and rates move with the time of day, so that versions are compared only within the times of one share each.
    /// </summary>
    /// <param name="metric">Accuracy, or the rewards given.</param>
    /// <param name="turns">When the shares changed, rising.</param>
    public async Task<Comparison> OfTurnsAsync(RolloutMetric metric, AnswerWindow window, IReadOnlyList<DateTimeOffset> turns, CancellationToken cancellationToken)
    {
        var rewards = new StratifiedMeans();
        await foreach ((LoggedPrediction answered, double reward) in ScoresAsync(metric, window, row => row.Prediction.Prediction == row.Truth ? 1 : 0, cancellationToken))
            rewards.Add(turns.Count(t => t <= answered.Time), answered.Version == window.Canary, UnitCluster.Of(answered), new(1, reward, 0));
        return Compare(rewards);
    }

    /// <summary>As <see cref="OfTurnsAsync"/>, of all the window's versions.</summary>
    public async Task<FieldRewards> OfFieldAsync(RolloutMetric metric, AnswerWindow window, IReadOnlyList<DateTimeOffset> turns, CancellationToken cancellationToken)
    {
        var rewards = new FieldRewards([window.Champion, window.Canary, .. window.Others ?? []]);
        await foreach ((LoggedPrediction answered, double reward) in ScoresAsync(metric, window, row => row.Prediction.Prediction == row.Truth ? 1 : 0, cancellationToken))
            rewards.Add(turns.Count(t => t <= answered.Time), answered.Version, UnitCluster.Of(answered), reward);
        return rewards.Compared();
    }

    /// <summary>What the window's rows were worth: the rewards given, or what the truth makes of them.</summary>
    private async IAsyncEnumerable<(LoggedPrediction Row, double Score)> ScoresAsync(
        RolloutMetric metric, AnswerWindow window, Func<LabelledPrediction, double> ofTruth, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        bool Counts(LoggedPrediction row) => !row.IsNamed && window.Has(row.Version, row.Time);
        if (metric == RolloutMetric.Reward)
        {
            await foreach (RewardedPrediction row in sources.Feedback.RewardsAsync(window.Model, window.From, window.To, cancellationToken))
            {
                if (Counts(row.Prediction))
                    yield return (row.Prediction, row.Reward);
            }

            yield break;
        }

        await foreach (LabelledPrediction row in sources.Feedback.JoinAsync(window.Model, window.From, window.To, cancellationToken))
        {
            if (Counts(row.Prediction) && ofTruth(row) is var score && !double.IsNaN(score))
                yield return (row.Prediction, score);
        }
    }

    internal static Comparison Compare(StratifiedMeans rewards)
    {
        MeanDifference better = rewards.Difference(out double effect);
        return new(Mean(rewards.New), Mean(rewards.Old), rewards.New.Count, rewards.Old.Count, better with { Value = -better.Value })
        {
            CanaryUnits = rewards.NewClusters,
            ChampionUnits = rewards.OldClusters,
            DesignEffect = effect,
        };
    }

    /// <summary>The mean of how much worse a shadow did on each row.</summary>
    public async Task<Comparison> OfPairsAsync(RolloutMetric metric, AnswerWindow window, StepAnswers answers, CancellationToken cancellationToken)
    {
        var score = new RowScore(metric, answers.CanarySignature, answers.ChampionSignature);
        SampleMoments shadow = default, champion = default;
        var worse = new ClusterSums(UnitCluster.Count);
        await foreach (LabelledPrediction row in sources.Feedback.JoinAsync(window.Model, window.From, window.To, cancellationToken))
        {
            ulong key = RowKey.Of(row.Prediction.RequestId, row.Prediction.Row);
            if (row.Prediction.IsNamed || row.Prediction.Version != window.Champion || !answers.Champion.Kept.TryGetValue(key, out Answer own) || !answers.Canary.Kept.TryGetValue(key, out Answer other))
                continue;
            double value = score.Of(answers.CanarySignature, other, row.Truth), reference = score.Of(answers.ChampionSignature, own, row.Truth);
            if (double.IsNaN(value) || double.IsNaN(reference))
                continue;
            (shadow, champion) = (shadow.Add(value), champion.Add(reference));
            worse.Add(UnitCluster.Of(row.Prediction), RowScore.Worse(metric, value, reference));
        }

        if (worse.Rows is not { Count: > 0 } rows)
            return Comparison.Nothing;
        // As if one more did not differ.
        double independent = rows.VarianceOfMeanWith(0), variance = worse.VarianceOfMean(independent, 0, isShare: false);
        return new(shadow.Mean, champion.Mean, rows.Count, rows.Count, new MeanDifference(rows.Mean, variance))
        {
            CanaryUnits = worse.Distinct,
            ChampionUnits = worse.Distinct,
            DesignEffect = variance / independent,
        };
    }

    internal static Comparison Compare(RolloutMetric metric, ClusterSums canaryScores, ClusterSums championScores)
    {
        (SampleMoments canary, SampleMoments champion) = (canaryScores.Rows, championScores.Rows);
        if (canary.Count == 0 || champion.Count == 0)
            return Comparison.Nothing with { Canary = Mean(canary), Champion = Mean(champion), CanarySamples = canary.Count, ChampionSamples = champion.Count };
        bool isShare = metric is RolloutMetric.Accuracy or RolloutMetric.Reward;
        (double own, double reference) = isShare
            ? (canary.VarianceOfShare(champion.Mean), champion.VarianceOfShare(canary.Mean))
            : (canary.VarianceOfMeanWith(champion.Mean), champion.VarianceOfMeanWith(canary.Mean));
        double variance = canaryScores.VarianceOfMean(own, champion.Mean, isShare) + championScores.VarianceOfMean(reference, canary.Mean, isShare);
        return new(canary.Mean, champion.Mean, canary.Count, champion.Count, new MeanDifference(RowScore.Worse(metric, canary.Mean, champion.Mean), variance))
        {
            CanaryUnits = canaryScores.Distinct,
            ChampionUnits = championScores.Distinct,
            DesignEffect = variance / (own + reference),
        };
    }

    private static double? Mean(SampleMoments moments) => moments.Count == 0 ? null : moments.Mean;
}
