using System.Text.Json;
using MlOps.Api.Inference;
using MlOps.Domain.Serving.Explanations;

namespace MlOps.Api.Protocols.TensorFlowServing;

/// <summary>The body of KServe's <c>:explain</c>: that of <c>:predict</c>, and <c>explain</c> for the largest contributions alone.</summary>
internal sealed record ExplainRequest(PredictRequest Predict, ExplainOptions Options)
{
    /// <inheritdoc cref="PredictRequest.Parse"/>
    public static ExplainRequest Parse(JsonSlice body)
    {
        JsonSlice explain = body.Kind == JsonValueKind.Object ? body.Members(ExplainParameter.Name)[0] : default;
        return new(PredictRequest.Parse(body), ExplainParameter.Parse(explain) ?? ExplainOptions.All);
    }
}
