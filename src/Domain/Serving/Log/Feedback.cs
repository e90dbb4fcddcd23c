namespace MlOps.Domain.Serving.Log;

/// <summary>The ground truth of one predicted row.</summary>
/// <param name="RequestId">The request's id.</param>
/// <param name="Row">Index in the request, from 0.</param>
/// <param name="Truth">The class, or the number as text.</param>
/// <param name="Time">When it became known; null means when it was received.</param>
public sealed record Feedback(string RequestId, int Row, string Truth, DateTimeOffset? Time = null);

/// <summary>A prediction and what turned out to be true.</summary>
public sealed record LabelledPrediction(LoggedPrediction Prediction, string Truth, DateTimeOffset TruthTime);

/// <summary>An item that was not taken.</summary>
/// <param name="Item">Its index in the call, from 0.</param>
public sealed record FeedbackProblem(long Item, string Code, string Message);

/// <summary>What became of the items of a call.</summary>
/// <param name="Accepted">Stored: new ones, and other truths than were known.</param>
/// <param name="Repeated">Known with the same truth: nothing changed.</param>
public sealed record FeedbackResult(long Accepted, long Repeated, IReadOnlyList<FeedbackProblem> Problems);

/// <summary>How much of the feedback since a time could be joined.</summary>
/// <param name="Predictions">Rows logged since then.</param>
/// <param name="Truths">Truths received since then, one a row.</param>
/// <param name="Matched">Truths whose row is among those predictions.</param>
/// <param name="Unmatched">Truths whose row is not: predicted before, not in the log's sample, not yet written, or never asked. They are kept and join when the row appears.</param>
public sealed record FeedbackSummary(string Model, DateTimeOffset From, DateTimeOffset To, long Predictions, long Truths, long Matched, long Unmatched);
