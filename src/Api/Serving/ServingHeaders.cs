using Microsoft.AspNetCore.Http;
using MlOps.Api.Http;
using MlOps.Domain.Serving;

namespace MlOps.Api.Serving;

/// <summary>What protocols have no field for.</summary>
internal static class ServingHeaders
{
    /// <summary>Which model, or selector (<c>churn@champion</c>), a request means; on answers, the model that answered.</summary>
    public const string Model = "x-mlops-model";

    /// <summary>On answers: the version that answered.</summary>
    public const string ModelVersion = "x-mlops-model-version";

    /// <summary>The model of a SageMaker endpoint with several: the path of an archive there, here its model's name.</summary>
    private const string TargetModel = "X-Amzn-SageMaker-Target-Model";

    private const string UnitHeader = "x-mlops-unit";

    /// <summary>A version number or alias that answers whatever the traffic says, for testers: our own name, SageMaker's for one version behind an endpoint, and Azure ML's.</summary>
    private static readonly string[] VersionHeaders = ["x-mlops-version", "X-Amzn-SageMaker-Target-Variant", "azureml-model-deployment"];

    private const string ArchiveEnding = ".tar.gz";

    private const string InferenceId = "X-Amzn-SageMaker-Inference-Id";

    private const string CustomAttributes = "X-Amzn-SageMaker-Custom-Attributes";

    /// <summary>Longest that SageMaker passes on.</summary>
    private const int MaxAttributes = 1024;

    /// <summary>What stays with one version during a rollout (a user, a session); null: each request by itself.</summary>
    public static string? Unit(ApiCall call) => Text(call, UnitHeader);

    /// <summary>The model, or selector, that a request's header names, or null. Our own is escaped as in a URL, SageMaker's is the name as it is.</summary>
    public static string? ModelNamed(ApiCall call) => Text(call, Model) is { } escaped ? Uri.UnescapeDataString(escaped) : Target(call);

    /// <summary>The model that SageMaker's callers name behind an endpoint, or null; the archive's path and ending are left off.</summary>
    public static string? Target(ApiCall call)
    {
        if (Text(call, TargetModel) is not { } target)
            return null;
        string name = target.TrimStart('/');
        return name.EndsWith(ArchiveEnding, StringComparison.Ordinal) ? name[..^ArchiveEnding.Length] : name;
    }

    /// <summary>The version number or alias that a request's header names, or null.</summary>
    public static string? Version(ApiCall call)
    {
        if (call.IsOrdinary)
            return null;
        foreach (string name in VersionHeaders)
        {
            if (Text(call, name) is { } version)
                return version;
        }

        return null;
    }

    /// <summary>The id that feedback will refer to, as SageMaker's callers give it; null: the request's own.</summary>
    public static string? RequestId(ApiCall call) => Text(call, InferenceId);

    public static void Answered(ApiCall call, PredictionResult result)
    {
        IHeaderDictionary headers = call.Http.Response.Headers;
        headers[Model] = Uri.EscapeDataString(result.Model);
        headers[ModelVersion] = result.Version.ToString();
        if (Text(call, CustomAttributes) is { Length: <= MaxAttributes } attributes && attributes.All(c => c is >= ' ' and <= '~'))
            headers[CustomAttributes] = attributes;
    }

    /// <param name="header">Not one that every client sends (<see cref="OrdinaryHeaders"/>): it is not looked for where there are no others.</param>
    public static string? Text(ApiCall call, string header) =>
        !call.IsOrdinary && call.Http.Request.Headers[header].ToString() is { Length: > 0 } text ? text : null;
}
