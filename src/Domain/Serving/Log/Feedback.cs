namespace MlOps.Domain.Serving.Log;

/// <summary>The ground truth of one predicted row.</summary>
/// <param name="RequestId">The request's id.</param>
/// <param name="Row">Index in the request, from 0.</param>
/// <param name="Truth">The class, or the number as text.</param>
/// <param name="Time">When it became known; null means when it was received.</param>
public sealed record Feedback(string RequestId, int Row, string Truth, DateTimeOffset? Time = null);

/// <summary>A prediction and what turned out to be true.</summary>
public sealed record LabelledPrediction(LoggedPrediction Prediction, string Truth, DateTimeOffset TruthTime);
