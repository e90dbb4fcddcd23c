using System.Globalization;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Serving.Log;

/// <summary>Checks feedback against what the model predicts, and spells it as training does.</summary>
/// <param name="signatures">The champion's, then those of other versions that answer; a class that any of them knows may be true.</param>
internal sealed class FeedbackTruth(string model, IReadOnlyList<ModelSignature> signatures)
{
    private readonly ModelSignature _signature = signatures[0];
    private readonly string[] _classes = [.. signatures.SelectMany(s => s.Classes).Distinct()];

    internal const int MaxRow = 9_999_999;

    /// <summary>The item to store, or what is wrong with it.</summary>
    public (Feedback? Item, FeedbackProblem? Problem) Check(Feedback feedback, long item)
    {
        if (RequestIds.Problem(feedback.RequestId) is { } wrong)
            return (null, new(item, "feedback-request-id", $"item {item}: {wrong}"));
        if (feedback.Row is < 0 or > MaxRow)
            return (null, new(item, "feedback-row", $"item {item}: row {feedback.Row} of request '{feedback.RequestId}' cannot be; rows count from 0"));
        if (feedback is { Truth: null, Reward: null })
            return (null, new(item, "feedback-truth", $"item {item}: it has neither truth nor reward"));
        if (feedback.Reward is { } reward && reward is not (>= 0 and <= 1))
            return (null, new(item, "feedback-reward", $"item {item}: reward {reward.ToString(CultureInfo.InvariantCulture)} is not 0 to 1: divide it by the highest there can be"));
        if (feedback.Truth is null)
            return (feedback, null);
        string? truth = _signature.Task == LearningTask.Regression ? Number(feedback.Truth) : Class(feedback.Truth);
        return truth is null
            ? (null, new(item, "feedback-truth", $"item {item}: truth '{Shown(feedback.Truth)}' {Expected}"))
            : (feedback with { Truth = truth }, null);
    }

    private string Expected => _signature.Task == LearningTask.Regression
        ? $"is not a finite number, but '{model}' predicts '{_signature.Target}' as one"
        : $"is no class of '{_signature.Target}'; '{model}' knows: {string.Join(", ", _classes.Take(30))}";

    private static string? Number(string truth) => double.TryParse(truth, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
        ? number.ToString("R", CultureInfo.InvariantCulture)
        : null;

    /// <summary>A class may come spelled in another case (<c>true</c>, <c>True</c>); which one is meant is then still clear.</summary>
    private string? Class(string truth) => _classes.FirstOrDefault(c => c == truth)
        ?? _classes.FirstOrDefault(c => c.Equals(truth, StringComparison.OrdinalIgnoreCase));

    private static string Shown(string truth) => truth.Length <= 40 ? truth : truth[..37] + "...";
}
