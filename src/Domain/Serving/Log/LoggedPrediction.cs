using MlOps.Learning.Trainers;

namespace MlOps.Domain.Serving.Log;

/// <summary>An answered request on its way into the log; its rows are already bound to the version's signature.</summary>
public sealed record PredictionRecord(string Model, int Version, string RequestId, DateTimeOffset Time, RecordedRows Rows, Predictions Predictions);

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
    IReadOnlyList<double> Scores);
