using Microsoft.AspNetCore.Http;
using MlOps.Domain.Serving;

namespace MlOps.Api.Serving;

/// <summary>What protocols have no field for.</summary>
internal static class ServingHeaders
{
    /// <summary>Which model, or selector (<c>churn@champion</c>), a request means; on answers, the model that answered.</summary>
    public const string Model = "x-mlops-model";

    /// <summary>On answers: the version that answered.</summary>
    public const string ModelVersion = "x-mlops-model-version";

    private const string UnitHeader = "x-mlops-unit";

    /// <summary>What stays with one version during a rollout (a user, a session); null: each request by itself.</summary>
    public static string? Unit(HttpContext http) => http.Request.Headers[UnitHeader].ToString() is { Length: > 0 } unit ? unit : null;

    public static void Answered(HttpContext http, PredictionResult result)
    {
        http.Response.Headers[Model] = Uri.EscapeDataString(result.Model);
        http.Response.Headers[ModelVersion] = result.Version.ToString();
    }
}
