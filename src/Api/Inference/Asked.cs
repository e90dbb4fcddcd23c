using MlOps.Api.Http;
using MlOps.Api.Serving;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Explanations;

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
        BodyRows rows = RowsOf(call, body);
        PredictionCall asked = Call(call, rows);
        return predictor.TryPredict(asked, rows) is { } result ? Task.FromResult(result) : predictor.PredictAsync(asked, rows, call.Aborted);
    }

    /// <inheritdoc cref="Predictor.TryPredict(PredictionCall, IRequestRows, long)"/>
    public PredictionResult? TryPredict(Predictor predictor, ApiCall call, ReadOnlyMemory<byte> body)
    {
        BodyRows rows = RowsOf(call, body);
        return predictor.TryPredict(Call(call, rows), rows, call.At);
    }

    /// <summary>As <see cref="PredictAsync"/>, with how much each feature did to it.</summary>
    /// <exception cref="MlOpsException">Invalid <c>explain-unsupported</c>; TooLarge <c>explain-too-large</c>, <c>values-too-many</c>; and from the predictor.</exception>
    public Task<ExplainedResult> ExplainAsync(Predictor predictor, ApiCall call, ReadOnlyMemory<byte> body, ExplainOptions options)
    {
        BodyRows rows = RowsOf(call, body);
        return predictor.ExplainAsync(Call(call, rows), rows, options, call.Aborted);
    }

    private BodyRows RowsOf(ApiCall call, ReadOnlyMemory<byte> body)
    {
        ValueLimit.CheckJson(body.Span, call.Options.MaxRequestValues, "the request");
        return new BodyRows(Rows, body, call);
    }

    private PredictionCall Call(ApiCall call, BodyRows rows)
    {
        if ((RequestId ?? ServingHeaders.RequestId(call)) is { } own)
            Http.RequestId.Use(call.Http, own);
        string? version = VersionOrAlias ?? ServingHeaders.Version(call);
        string? unit = Unit ?? ServingHeaders.Unit(call);
        // A request that was tried before is the same one still: the router drew its number once.
        return call.Asked = call.Asked is { } tried
            ? tried with { Model = Model, VersionOrAlias = version, RequestId = call.RequestId, Unit = unit, Request = rows }
            : new PredictionCall(Model, version, call.RequestId, unit) { FindUnit = static (request, source) => ((BodyRows)request!).Unit(source), Request = rows };
    }
}
