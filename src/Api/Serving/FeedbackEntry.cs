using System.Text.Json;
using MlOps.Api.Http;
using MlOps.Domain.Serving.Log;

namespace MlOps.Api.Serving;

/// <summary>An item of feedback as it was read: itself, or why it could not be.</summary>
internal sealed record FeedbackEntry(Feedback? Item, string Code = "", string Message = "")
{
    /// <summary>Of a JSON object. A truth may also be a JSON number or true/false.</summary>
    public static FeedbackEntry Of(JsonElement json)
    {
        try
        {
            return json.ValueKind == JsonValueKind.Object
                ? JsonRequest.Read<FeedbackTruthItem>(json).ToEntry()
                : new(null, "feedback-item", $"it is {JsonFields.Shown(json)}, expected an object with requestId and truth or reward");
        }
        catch (MlOpsException e)
        {
            return new(null, e.Code, e.Message);
        }
        catch (InvalidOperationException)
        {
            return new(null, "json-invalid", "it has a text with half of a surrogate pair (\\uD800 to \\uDFFF alone): send whole characters");
        }
    }

    /// <summary>Of a line of JSON.</summary>
    public static FeedbackEntry Of(ReadOnlyMemory<byte> line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            return Of(json.RootElement);
        }
        catch (JsonException e)
        {
            return new(null, "json-invalid", JsonRequest.Invalid(e, null).Message);
        }
    }
}

internal sealed record FeedbackTruthItem(string RequestId, JsonElement Truth = default, int Row = 0, DateTimeOffset? Time = null, JsonElement Reward = default)
{
    public FeedbackEntry ToEntry()
    {
        if (Truth.ValueKind is not (JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False or JsonValueKind.Undefined or JsonValueKind.Null))
            return new(null, "feedback-truth", $"the truth is {JsonFields.Shown(Truth)}, expected the class or the number");
        double? reward = Reward.ValueKind switch
        {
            JsonValueKind.Undefined or JsonValueKind.Null => null,
            JsonValueKind.True => 1,
            JsonValueKind.False => 0,
            JsonValueKind.Number => Reward.GetDouble(),
            _ => double.NaN,
        };
        if (reward is double.NaN)
            return new(null, "feedback-reward", $"the reward is {JsonFields.Shown(Reward)}, expected 0 to 1, true or false");
        string? truth = Truth.ValueKind switch
        {
            JsonValueKind.Undefined or JsonValueKind.Null => null,
            JsonValueKind.String => Truth.GetString()!,
            _ => Truth.GetRawText(),
        };
        return truth is null && reward is null
            ? new(null, "feedback-truth", "it has neither truth nor reward")
            : new(new Feedback(RequestId, Row, truth, Time, reward));
    }
}
