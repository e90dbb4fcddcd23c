using MlOps.Domain.Serving.Log;
using MlOps.Domain.Serving.Shadows;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Rollout.Evidence.Answers;

/// <summary>Reads both versions' answers from the prediction log, each time only what is new.</summary>
internal sealed class AnswerLog(RolloutSources sources)
{
    /// <summary>So much of what was read is read again: segments are written some seconds after their rows, and a shadow answers late under the request's time.</summary>
    private static readonly TimeSpan Late = TimeSpan.FromMinutes(5);

    public async Task<StepAnswers> ReadAsync(StepAnswers? before, AnswerWindow window, CancellationToken cancellationToken)
    {
        StepAnswers answers = before ?? new(window, await SignatureAsync(window.Model, window.Canary, cancellationToken), await SignatureAsync(window.Model, window.Champion, cancellationToken));
        DateTimeOffset again = answers.ReadTo - Late;
        DateTimeOffset from = again > window.From ? again : window.From;
        await (window.Paired ? ReadPairsAsync(answers, window, from, cancellationToken) : ReadBothAsync(answers, window, from, cancellationToken));
        answers.ReadTo = window.To;
        answers.Pairs = window.Paired ? PairedAnswers.Of(answers) : null;
        answers.Shift = answers.Pairs?.Shift ?? PredictionShift.Of(answers.ChampionSignature, [.. answers.Canary.Kept.Values], [.. answers.Champion.Kept.Values]);
        return answers;
    }

    private async Task ReadBothAsync(StepAnswers answers, AnswerWindow window, DateTimeOffset from, CancellationToken cancellationToken)
    {
        await foreach (LoggedPrediction row in sources.Predictions.ReadAsync(window.Model, from, window.To, int.MaxValue, cancellationToken))
        {
            if (!window.Has(row.Version, row.Time))
                continue;
            if (row.Version == window.Canary)
                Add(answers.Canary, answers.CanarySignature, row);
            else
                Add(answers.Champion, answers.ChampionSignature, row);
        }
    }

    /// <summary>The shadow's first: of the champion's only those are of use whose row the shadow's sample has.</summary>
    private async Task ReadPairsAsync(StepAnswers answers, AnswerWindow window, DateTimeOffset from, CancellationToken cancellationToken)
    {
        await foreach (LoggedPrediction row in sources.Predictions.ReadAsync(ShadowMirror.LogName(window.Model), from, window.To, int.MaxValue, cancellationToken))
        {
            if (row.Version == window.Canary)
                Add(answers.Canary, answers.CanarySignature, row);
        }

        await foreach (LoggedPrediction row in sources.Predictions.ReadAsync(window.Model, from, window.To, int.MaxValue, cancellationToken))
        {
            if (row.Version == window.Champion && answers.Canary.Kept.ContainsKey(AnswerSample.KeyOf(row)))
                Add(answers.Champion, answers.ChampionSignature, row);
        }

        answers.Champion.KeepOnly(answers.Canary);
    }

    private static void Add(AnswerSample sample, ModelSignature signature, LoggedPrediction row)
    {
        ulong key = AnswerSample.KeyOf(row);
        if (sample.Wants(key))
            sample.Add(key, Answer.Of(signature, row));
    }

    private async Task<ModelSignature> SignatureAsync(string model, int version, CancellationToken cancellationToken) =>
        (await sources.Versions.GetAsync(model, version, cancellationToken)).Signature;
}
