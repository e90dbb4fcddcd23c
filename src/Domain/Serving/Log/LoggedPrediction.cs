using MlOps.Domain.Serving.Units;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Serving.Log;

/// <summary>An answered request on its way into the log; its rows are already bound to the version's signature.</summary>
/// <param name="Rule">What of it may be written; default everything.</param>
public sealed record PredictionRecord(string Model, int Version, string RequestId, DateTimeOffset Time, RecordedRows Rows, Predictions Predictions, LogRule? Rule = null)
{
    /// <summary>What of its arrival the log keeps.</summary>
    internal Arrival Arrival { get; init; }
}

/// <summary>One logged row.</summary>
/// <param name="RequestId">Feedback refers to it.</param>
/// <param name="Row">Index in the request, from 0.</param>
/// <param name="Time">When it was answered (UTC).</param>
/// <param name="Version">The model version that answered.</param>
/// <param name="Features">Values by name: <see cref="double"/>, <see cref="bool"/> or <see cref="string"/> (a timestamp in ISO form); missing ones are absent.</param>
/// <param name="Prediction">The most probable class, or the predicted number as text.</param>
/// <param name="Scores">Regression: the number. Binary: the positive class's probability. Multiclass: one probability a class.</param>
public sealed record LoggedPrediction(
    string RequestId,
    int Row,
    DateTimeOffset Time,
    int Version,
    IReadOnlyDictionary<string, object> Features,
    string Prediction,
    IReadOnlyList<double> Scores)
{
    /// <summary>The share of requests that was logged when this one was; it stands for one over so many.</summary>
    public double Sample { get; init; } = 1;

    internal Arrival Arrival { get; init; }

    /// <summary>Somebody named the version, as testers do: the row tells nothing of what the traffic's requests meet.</summary>
    public bool IsNamed => Arrival.IsNamed;

    /// <summary>Features whose values were not recorded; their values in <see cref="Features"/>, if any, are none.</summary>
    public IReadOnlyList<string> Redacted { get; init; } = [];
}
