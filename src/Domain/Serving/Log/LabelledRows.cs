using System.Globalization;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Serving.Log;

/// <summary>Training data out of traffic: logged features with the truth that came in later.</summary>
public sealed class LabelledRows(FeedbackStore feedback, ServedVersions versions)
{
    /// <summary>
    /// Features and target of every prediction of [from, to) whose truth is known, in the columns of the newest version that
    /// answered any of them (of the champion's when there are none).
    /// </summary>
    public async Task<Table> LabelledRowsAsync(string model, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
    {
        var rows = new List<LabelledPrediction>();
        await foreach (LabelledPrediction row in feedback.JoinAsync(model, from, to, cancellationToken))
            rows.Add(row);
        ModelSignature signature = await SignatureAsync(model, rows, cancellationToken);
        return LoggedRows.Features(signature, [.. rows.Select(r => r.Prediction)]).With(Target(signature, rows));
    }

    private async Task<ModelSignature> SignatureAsync(string model, List<LabelledPrediction> rows, CancellationToken cancellationToken) => rows.Count == 0
        ? (await versions.ResolveAsync(model, null, cancellationToken)).Signature
        : (await versions.GetAsync(model, rows.Max(r => r.Prediction.Version), cancellationToken)).Signature;

    private static Column Target(ModelSignature signature, List<LabelledPrediction> rows) => signature.Task == LearningTask.Regression
        ? new NumberColumn(signature.Target, [.. rows.Select(r => double.Parse(r.Truth, CultureInfo.InvariantCulture))])
        : CategoryColumn.From(signature.Target, rows.Select(r => r.Truth));
}
