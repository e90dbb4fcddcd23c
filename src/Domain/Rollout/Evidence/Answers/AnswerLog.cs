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
        answers.Shift = answers.Pairs?.Shift ?? PredictionShift.Of(answers.CanarySignature, answers.ChampionSignature, [.. answers.Canary.Kept.Values], [.. answers.Champion.Kept.Values]);
        return answers;
    }

    private async Task ReadAsync(StepAnswers answers, AnswerWindow window, string log, CancellationToken cancellationToken)
    {
        DateTimeOffset again = answers.ReadTo - SeenSegments.Late;
        DateTimeOffset from = again > window.From ? again : window.From;
        var wanted = new AnswerFilter(answers, window, isShadow: log != window.Model);
        await foreach (LoggedPrediction row in sources.Predictions.ReadAsync(log, from, window.To + Ahead, wanted, cancellationToken))
            answers.Of(row.Version).Add(RowKey.Of(row.RequestId, row.Row), Answer.Of(answers.SignatureOf(row.Version), row));
    }

    private async Task<ModelSignature> SignatureAsync(string model, int version, CancellationToken cancellationToken) =>
        (await sources.Versions.GetAsync(model, version, cancellationToken)).Signature;

    /// <summary>Rows that the samples want still: of a long step hardly any, and of large segments only the first lines are read.</summary>
    private sealed class AnswerFilter(StepAnswers answers, AnswerWindow window, bool isShadow) : LogFilter
    {
        public override ulong Below => !window.Paired ? Math.Max(answers.Canary.Below, answers.Champion.Below)
            : isShadow ? answers.Canary.Below : answers.Champion.Below;

        public override bool Wants(string segment) => answers.Segments.IsNew(segment, window.To);

        public override bool Wants(in RowHead row) => window.Has(row, isShadow) && answers.Of(row.Version).Wants(row.Key);
    }
}
