using System.Globalization;
using System.Text.Json.Serialization;
using MlOps.Api.Http;
using MlOps.Domain;
using MlOps.Domain.Registry;

namespace MlOps.Api.Protocols.TensorFlowServing;

/// <summary>
/// State of the version asked for, or of all with traffic. <c>name</c> and <c>ready</c> are KServe's, the rest is TensorFlow's.
/// </summary>
internal sealed record ModelStatus(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("ready")] bool Ready,
    [property: JsonPropertyName("model_version_status")] IReadOnlyList<VersionStatus> Versions)
{
    public static async Task WriteAsync(Platform platform, ApiCall call, string? version)
    {
        string model = call.Path("model");
        (ModelVersion answering, _) = await platform.Predictor.DescribeAsync(model, version, call.Aborted);
        IEnumerable<int> versions = version is null
            ? (await platform.Endpoints.GetAsync(model, call.Aborted)).Traffic.Select(t => t.Version).OrderDescending()
            : [answering.Version];
        await call.JsonAsync(new ModelStatus(model, true, [.. versions.Select(VersionStatus.Available)]));
    }
}

/// <param name="Version">A number, as text.</param>
/// <param name="State">START, LOADING, AVAILABLE, UNLOADING or END.</param>
internal sealed record VersionStatus(
    [property: JsonPropertyName("version")] string Version,
    [property: JsonPropertyName("state")] string State,
    [property: JsonPropertyName("status")] StatusCode Status)
{
    public static VersionStatus Available(int version) => new(version.ToString(CultureInfo.InvariantCulture), "AVAILABLE", new StatusCode("OK", ""));
}

internal sealed record StatusCode([property: JsonPropertyName("error_code")] string Code, [property: JsonPropertyName("error_message")] string Message);
