using MlOps.Api.Http;
using MlOps.Api.Serving;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving;

namespace MlOps.Api.Inference;

/// <summary>What a request asks of which model.</summary>
/// <param name="VersionOrAlias">Null: the header's (<see cref="ServingHeaders.Version"/>), or else the endpoint's traffic decides.</param>
/// <param name="RequestId">Null: the request's own.</param>
/// <param name="Unit">Null: the header's.</param>
internal sealed record Asked(string Model, string? VersionOrAlias, RequestRows Rows, string? RequestId = null, string? Unit = null)
{
    public Asked(ModelSelector model, RequestRows rows)
        : this(model.Model, model.Alias ?? model.Version?.ToString(System.Globalization.CultureInfo.InvariantCulture), rows)
    {
    }

    /// <param name="body">Where the rows lie.</param>
    /// <exception cref="MlOpsException">TooLarge <c>values-too-many</c>; and from the predictor.</exception>
    public Task<PredictionResult> PredictAsync(Predictor predictor, ApiCall call, ReadOnlyMemory<byte> body)
    {
        ValueLimit.CheckJson(body.Span, call.Options.MaxRequestValues, "the request");
        string? version = VersionOrAlias ?? ServingHeaders.Version(call.Http);
        var rows = new BodyRows(Rows, body, call);
        if ((RequestId ?? ServingHeaders.RequestId(call.Http)) is { } own)
            Http.RequestId.Use(call.Http, own);
        var prediction = new PredictionCall(Model, version, call.RequestId, Unit ?? ServingHeaders.Unit(call.Http))
        {
            FindUnit = static (request, source) => ((BodyRows)request!).Unit(source),
            Request = rows,
        };
        return predictor.PredictAsync(prediction, rows, call.Aborted);
    }
}
