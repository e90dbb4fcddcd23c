using System.Text.Json;
using MlOps.Api.Http;
using MlOps.Api.Inference;

namespace MlOps.Api.Protocols.OpenInference;

/// <summary>The <c>parameters</c> of a request, an input or an output: an object, or none.</summary>
internal static class TensorParameters
{
    /// <param name="of">Whose they are.</param>
    /// <exception cref="MlOpsException">Invalid <c>json-invalid</c>.</exception>
    public static JsonSlice Of(JsonSlice parameters, string of, int? index = null)
    {
        if (!parameters.IsGiven || parameters.Kind == JsonValueKind.Object)
            return parameters;
        parameters.Check();
        throw JsonFields.Invalid($"the 'parameters' of {of}{(index is { } i ? $" {i}" : "")} are {parameters.Shown()}, expected an object");
    }
}
