using MlOps.Domain.Serving.Log;
using MlOps.Domain.Serving.Shadows;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Rollout.Evidence.Answers;

/// <summary>Reads both versions' answers from the prediction log, each time only what is new.</summary>
internal sealed class AnswerLog(RolloutSources sources)
{
    /// <summary>Another process may be ahead by so much.</summary>
    private static readonly TimeSpan Ahead = TimeSpan.FromHours(1);

    public async Task<StepAnswers> ReadAsync(StepAnswers? before, AnswerWindow window, CancellationToken cancellationToken)
    {
        StepAnswers answers = before ?? new(window, await SignatureAsync(window.Model, window.Canary, cancellationToken), await SignatureAsync(window.Model, window.Champion, cancellationToken));
        if (window.Paired)
            await ReadAsync(answers, window, ShadowMirror.LogName(window.Model), cancellationToken);
        await ReadAsync(answers, window, window.Model, cancellationToken);
        answers.Segments.Forget(window.To);
        answers.ReadTo = window.To;
        answers.Pairs = window.Paired ? PairedAnswers.Of(answers) : null;
        answers.Shift = answers.Pairs?.Shift ?? PredictionShift.Of(answers.ChampionSignature, [.. answers.Canary.Kept.Values], [.. answers.Champion.Kept.Values]);
        return answers;
    }

    private async Task ReadAsync(StepAnswers answers, AnswerWindow window, string log, CancellationToken cancellationToken)
    {
        DateTimeOffset again = answers.ReadTo - SeenSegments.Late;
        DateTimeOffset from = again > window.From ? again : window.From;
        await foreach (LoggedPrediction row in sources.Predictions.ReadAsync(log, from, window.To + Ahead, path => answers.Segments.IsNew(path, window.To), cancellationToken))
        {
            if (window.Has(row, isShadow: log != window.Model))
                Add(answers, row);
        }
    }

    private static void Add(StepAnswers answers, LoggedPrediction row)
    {
        (AnswerSample sample, ModelSignature signature) = row.Version == answers.CanaryVersion ? (answers.Canary, answers.CanarySignature) : (answers.Champion, answers.ChampionSignature);
        ulong key = AnswerSample.KeyOf(row);
        if (sample.Wants(key))
            sample.Add(key, Answer.Of(signature, row));
    }

    private async Task<ModelSignature> SignatureAsync(string model, int version, CancellationToken cancellationToken) =>
        (await sources.Versions.GetAsync(model, version, cancellationToken)).Signature;
}
