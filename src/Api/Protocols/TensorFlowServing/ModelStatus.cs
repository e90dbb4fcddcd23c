using System.Globalization;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using MlOps.Api.Http;
using MlOps.Domain;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving.Models;

namespace MlOps.Api.Protocols.TensorFlowServing;

/// <summary>
/// State of the version asked for, or of all with traffic. <c>name</c> and <c>ready</c> are KServe's, the rest is TensorFlow's. Of the path that
/// both have KServe's probes read the status alone, so it is 503 there when the stable version cannot answer; with a version or a label 200.
/// </summary>
internal sealed record ModelStatus(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("ready")] bool Ready,
    [property: JsonPropertyName("model_version_status")] IReadOnlyList<VersionStatus> Versions)
{
    public static async Task WriteAsync(Platform platform, ApiCall call, string? asked)
    {
        string model = call.Path("model");
        ModelVersion answering = await platform.Readiness.DescribeAsync(model, asked, call.Aborted);
        ModelState state = await platform.Readiness.StateAsync(answering, call.Aborted);
        List<VersionStatus> versions = [VersionStatus.Of(answering.Version, state)];
        if (asked is null)
            versions = [.. versions.Concat(await OthersAsync(platform, answering, call.Aborted)).OrderByDescending(v => int.Parse(v.Version, CultureInfo.InvariantCulture))];
        await call.JsonAsync(new ModelStatus(model, state.CanAnswer, versions), state.CanAnswer || asked is not null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    /// <summary>Those with traffic besides the one that answers.</summary>
    private static async Task<IReadOnlyList<VersionStatus>> OthersAsync(Platform platform, ModelVersion answering, CancellationToken cancellationToken)
    {
        var others = new List<VersionStatus>();
        foreach (int number in (await platform.Endpoints.GetAsync(answering.Model, cancellationToken)).Traffic.Select(t => t.Version).Where(v => v != answering.Version))
        {
            string asked = number.ToString(CultureInfo.InvariantCulture);
            ModelVersion version = await platform.Readiness.DescribeAsync(answering.Model, asked, cancellationToken);
            others.Add(VersionStatus.Of(number, await platform.Readiness.StateAsync(version, cancellationToken)));
        }

        return others;
    }
}

/// <param name="Version">A number, as text.</param>
/// <param name="State">LOADING, AVAILABLE (loaded, or with the next request) or END.</param>
internal sealed record VersionStatus(
    [property: JsonPropertyName("version")] string Version,
    [property: JsonPropertyName("state")] string State,
    [property: JsonPropertyName("status")] StatusCode Status)
{
    public static VersionStatus Of(int version, ModelState state) => new(
        version.ToString(CultureInfo.InvariantCulture),
        state.Phase switch { ModelPhase.Failed => "END", ModelPhase.Loading => "LOADING", _ => "AVAILABLE" },
        state.Error is { } error ? new StatusCode(CodeOf(error), error.Message) : new StatusCode("OK", ""));

    /// <summary>In the words of TensorFlow's status codes.</summary>
    private static string CodeOf(MlOpsException error) => error.Code switch
    {
        "model-file" => "DATA_LOSS",
        "model-missing" => "NOT_FOUND",
        "model-too-large" => "RESOURCE_EXHAUSTED",
        "model-warmup" => "INTERNAL",
        _ => "UNAVAILABLE",
    };
}

internal sealed record StatusCode([property: JsonPropertyName("error_code")] string Code, [property: JsonPropertyName("error_message")] string Message);
