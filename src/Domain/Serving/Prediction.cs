using MlOps.Domain.Serving.Units;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Serving;

/// <summary>A request for predictions whose rows are columns already.</summary>
/// <param name="Model">The registered model.</param>
/// <param name="VersionOrAlias">A version number or an alias; null lets the endpoint's traffic decide.</param>
/// <param name="Rows">Rows to score; bound to the version's signature by <see cref="RequestBinder"/>.</param>
/// <param name="RequestId">1 to 128 characters; feedback refers to it.</param>
/// <param name="Unit">What stays with one version during a canary (a user, a session); null means each request by itself.</param>
public sealed record PredictionRequest(string Model, string? VersionOrAlias, Table Rows, string RequestId, string? Unit)
{
    public PredictionCall Call => new(Model, VersionOrAlias, RequestId, Unit);
}

/// <summary>A request without its rows: enough to choose the version whose signature the rows are then bound to.</summary>
/// <param name="Unit">What the caller names as what stays with one version; null means each request by itself.</param>
public sealed record PredictionCall(string Model, string? VersionOrAlias, string RequestId, string? Unit)
{
    /// <summary>Finds the unit where the endpoint says it is; null where a request has neither headers nor a body.</summary>
    public UnitReader? FindUnit { get; init; }

    /// <summary>What <see cref="FindUnit"/> looks at, so that it need not be made anew for each request.</summary>
    public object? Request { get; init; }

    /// <summary>Set when it is routed, so that nothing need be made anew.</summary>
    internal Arrival Arrival { get; set; }
}

/// <summary>The answer: which version gave it, and its scores in the order of the rows.</summary>
public sealed record PredictionResult(string RequestId, string Model, int Version, Predictions Predictions, ModelSignature Signature);
