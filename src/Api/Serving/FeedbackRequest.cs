using MlOps.Api.OpenApi;
using MlOps.Domain.Serving.Log;

namespace MlOps.Api.Serving;

/// <summary>Ground truth and rewards for predictions of a model, joined by request id; the model may be left out where only one is served.</summary>
public sealed record FeedbackRequest(string? Model, IReadOnlyList<FeedbackItem> Items);

/// <param name="Truth">The target's value as text; for regression a number as text. May be left out where there is a reward.</param>
/// <param name="Row">Row of the request, from 0.</param>
/// <param name="Time">When the truth became known; default now.</param>
/// <param name="Reward">What the answer was worth, 0 to 1; true and false are 1 and 0.</param>
public sealed record FeedbackItem(
    string RequestId, string? Truth = null, int Row = 0, DateTimeOffset? Time = null,
    [property: Schema("""{"type":["number","boolean","null"],"minimum":0,"maximum":1,"default":null}""")] double? Reward = null);

/// <param name="Accepted">Items stored: new, or with another truth or reward than was known, which it replaces.</param>
/// <param name="Repeated">Items that were known with the same truth and reward; nothing changed.</param>
/// <param name="Rejected">Items that were not taken.</param>
/// <param name="Problems">Why, the first hundred of them.</param>
public sealed record FeedbackAnswer(long Accepted, long Repeated, long Rejected, IReadOnlyList<FeedbackProblem> Problems);
