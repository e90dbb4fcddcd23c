using MlOps.Api.Http;
using MlOps.Domain.Access;

namespace MlOps.Api.Protocols.Mlflow;

/// <summary>
/// What the pages of MLflow's web UI, and clients that list, ask of parts of MLflow that are not here (docs/mlflow.md). There are none of
/// them, which is the answer MLflow's own server has for a store without any; pages would show errors otherwise. What would make one is refused.
/// </summary>
internal static class WebUiCalls
{
    public static void Map(Func<string, ApiRoutes> at)
    {
        // As of a server without MLFLOW_DEPLOYMENTS_TARGET.
        at("/ajax-api/2.0/mlflow").Get("/gateway-proxy", NoEndpointsAsync);
        at("/ajax-api/2.0/mlflow").Post("/gateway-proxy", NoEndpointsAsync, Role.Viewer);
        foreach (string prefix in (string[])["/api/3.0/mlflow", "/ajax-api/3.0/mlflow"])
            at(prefix).Get("/gateway/endpoints/list", MlflowCall.EmptyAsync);
        at("/ajax-api/3.0/mlflow").Get("/ui-telemetry", NoTelemetryAsync);
        at("/ajax-api/3.0/mlflow").Post("/ui-telemetry", TelemetryStopsAsync, Role.Viewer);
    }

    private static Task NoEndpointsAsync(ApiCall call) => MlflowCall.AnswerAsync(call, 0, static (json, _) =>
    {
        json.WriteStartArray("endpoints"u8);
        json.WriteEndArray();
    });

    /// <summary>The UI asks whether to send what its user does to MLflow's makers: never from here.</summary>
    private static Task NoTelemetryAsync(ApiCall call) => MlflowCall.AnswerAsync(call, 0, static (json, _) =>
    {
        json.WriteBoolean("disable_ui_telemetry"u8, true);
        json.WriteStartArray("disable_ui_events"u8);
        json.WriteEndArray();
        json.WriteNumber("ui_rollout_percentage"u8, 0);
    });

    private static Task TelemetryStopsAsync(ApiCall call) => MlflowCall.AnswerAsync(call, 0, static (json, _) => json.WriteString("status"u8, "disabled"u8));
}
