namespace MlOps.Domain.Serving.Log;

/// <summary>What came of one predicted row: its ground truth, what its answer was worth, or both. What an item leaves out stays as it is known.</summary>
/// <param name="RequestId">The request's id.</param>
/// <param name="Row">Index in the request, from 0.</param>
/// <param name="Truth">The class, or the number as text; null where only the reward is known.</param>
/// <param name="Time">When the truth became known; null means when it was received.</param>
/// <param name="Reward">What the answer was worth, 0 to 1: a click, a sale, a share of the best there was. Null where nobody says.</param>
public sealed record Feedback(string RequestId, int Row, string? Truth, DateTimeOffset? Time = null, double? Reward = null);

/// <summary>A prediction and what turned out to be true.</summary>
public sealed record LabelledPrediction(LoggedPrediction Prediction, string Truth, DateTimeOffset TruthTime);

/// <summary>A prediction and what its answer was worth, 0 to 1.</summary>
public sealed record RewardedPrediction(LoggedPrediction Prediction, double Reward);

/// <summary>An item that was not taken.</summary>
/// <param name="Item">Its index in the call, from 0.</param>
public sealed record FeedbackProblem(long Item, string Code, string Message);

/// <summary>What became of the items of a call.</summary>
/// <param name="Accepted">Stored: new ones, and other truths or rewards than were known.</param>
/// <param name="Repeated">Known with the same truth and reward: nothing changed.</param>
public sealed record FeedbackResult(long Accepted, long Repeated, IReadOnlyList<FeedbackProblem> Problems);

/// <summary>How much of the feedback since a time could be joined.</summary>
/// <param name="Predictions">Rows logged since then.</param>
/// <param name="Truths">Rows whose truth or reward was received since then.</param>
/// <param name="Matched">Truths whose row is among those predictions.</param>
/// <param name="Unmatched">Truths whose row is not: predicted before, not in the log's sample, not yet written, or never asked. They are kept and join when the row appears.</param>
public sealed record FeedbackSummary(string Model, DateTimeOffset From, DateTimeOffset To, long Predictions, long Truths, long Matched, long Unmatched);
