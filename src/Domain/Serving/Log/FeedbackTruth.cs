using System.Globalization;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Serving.Log;

/// <summary>Checks feedback against what the model predicts, and spells it as training does.</summary>
internal sealed class FeedbackTruth(string model, ModelSignature signature, RequestProblems problems)
{
    public Feedback Check(Feedback feedback, int item)
    {
        if (feedback.RequestId.Length is 0 or > Predictor.MaxRequestId)
            problems.Add("feedback-request-id", $"item {item}: the request id has {feedback.RequestId.Length} characters; allowed are 1 to {Predictor.MaxRequestId}");
        if (feedback.Row is < 0 or > MaxRow)
            problems.Add("feedback-row", $"item {item}: row {feedback.Row} of request '{feedback.RequestId}' cannot be; rows count from 0");
        return feedback with { Truth = signature.Task == LearningTask.Regression ? Number(feedback, item) : Class(feedback, item) };
    }

    internal const int MaxRow = 9_999_999;

    private string Number(Feedback feedback, int item)
    {
        if (!double.TryParse(feedback.Truth, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) || !double.IsFinite(number))
            problems.Add("feedback-truth", $"item {item}: truth '{Shown(feedback)}' is not a finite number, but '{model}' predicts '{signature.Target}' as one");
        return number.ToString("R", CultureInfo.InvariantCulture);
    }

    /// <summary>A class may come spelled in another case (<c>true</c>, <c>True</c>); which one is meant is then still clear.</summary>
    private string Class(Feedback feedback, int item)
    {
        string? known = signature.Classes.FirstOrDefault(c => c == feedback.Truth)
            ?? signature.Classes.FirstOrDefault(c => c.Equals(feedback.Truth, StringComparison.OrdinalIgnoreCase));
        if (known is null)
            problems.Add("feedback-truth", $"item {item}: truth '{Shown(feedback)}' is no class of '{signature.Target}'; '{model}' knows: {string.Join(", ", signature.Classes.Take(30))}");
        return known ?? feedback.Truth;
    }

    private static string Shown(Feedback feedback) => feedback.Truth.Length <= 40 ? feedback.Truth : feedback.Truth[..37] + "...";
}
