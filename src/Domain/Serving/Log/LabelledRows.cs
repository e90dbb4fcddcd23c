using System.Globalization;
using MlOps.Domain.Serving.Models;
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
    public async Task<Table> LabelledRowsAsync(string model, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken) =>
        (await ReadAsync(model, from, to, cancellationToken)).Rows;

    /// <summary>As <see cref="LabelledRowsAsync"/>, and how many rows had to be left out because the log redacts a feature: they would teach that it is missing.</summary>
    /// <exception cref="MlOpsException">Refused <c>log-redacted</c>: that leaves nothing.</exception>
    public async Task<LabelledData> ReadAsync(string model, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
    {
        var rows = new List<LabelledPrediction>();
        await foreach (LabelledPrediction row in feedback.JoinAsync(model, from, to, cancellationToken))
            rows.Add(row);
        ModelSignature signature = await SignatureAsync(model, rows, cancellationToken);
        string[] redacted = [.. LoggedRows.Redacted([.. rows.Select(r => r.Prediction)]).Intersect(signature.Inputs.Select(i => i.Name))];
        int left = rows.RemoveAll(r => r.Prediction.Redacted.Intersect(redacted).Any());
        if (left > 0 && rows.Count == 0)
            throw MlOpsException.Refused("log-redacted", $"none of the {left:N0} labelled predictions of '{model}' can be learned from: the log redacts {string.Join(", ", redacted)}; send labelled data as a data set version, train without these features, or end their redaction");
        int unknown = signature.Task == LearningTask.Regression ? 0 : rows.RemoveAll(r => !signature.Classes.Contains(r.Truth));
        return new(LoggedRows.Features(signature, [.. rows.Select(r => r.Prediction)]).With(Target(signature, rows)), left, redacted, unknown);
    }

    private async Task<ModelSignature> SignatureAsync(string model, List<LabelledPrediction> rows, CancellationToken cancellationToken) => rows.Count == 0
        ? (await versions.ResolveAsync(model, null, cancellationToken)).Signature
        : (await versions.GetAsync(model, rows.Max(r => r.Prediction.Version), cancellationToken)).Signature;

    private static Column Target(ModelSignature signature, List<LabelledPrediction> rows) => signature.Task == LearningTask.Regression
        ? new NumberColumn(signature.Target, [.. rows.Select(r => double.Parse(r.Truth, CultureInfo.InvariantCulture))])
        : CategoryColumn.From(signature.Target, rows.Select(r => r.Truth));
}

/// <param name="LeftOut">Labelled predictions that lack <paramref name="Redacted"/>.</param>
/// <param name="Unknown">Those left out because their truth is a class that the version of the columns does not know: one that was tried did.</param>
public sealed record LabelledData(Table Rows, int LeftOut, IReadOnlyList<string> Redacted, int Unknown = 0);
