using MlOps.Api.Http;

namespace MlOps.Api.Protocols.Mlflow;

/// <summary>
/// Our codes in the words of MLflow's tracking and registry API, whose clients raise by <c>error_code</c>. What is not in the table
/// follows from the status.
/// </summary>
internal static class MlflowErrors
{
    public const string InvalidParameter = "INVALID_PARAMETER_VALUE";
    public const string DoesNotExist = "RESOURCE_DOES_NOT_EXIST";

    private static readonly Dictionary<string, (int Status, string Name)> ByCode = new(StringComparer.Ordinal)
    {
        ["experiment-exists"] = (400, "RESOURCE_ALREADY_EXISTS"),
        ["model-exists"] = (400, "RESOURCE_ALREADY_EXISTS"),
        ["alias-missing"] = (400, InvalidParameter),
        ["param-changed"] = (400, InvalidParameter),
        ["run-deleted"] = (400, InvalidParameter),
        ["experiment-deleted"] = (400, InvalidParameter),
        ["run-too-large"] = (400, InvalidParameter),
        ["experiment-too-large"] = (400, InvalidParameter),
        ["registered-model-too-large"] = (400, InvalidParameter),
        ["model-version-too-large"] = (400, InvalidParameter),
        ["logged-model-too-large"] = (400, InvalidParameter),
        ["trace-too-large"] = (400, InvalidParameter),
        ["traces-too-large"] = (400, InvalidParameter),
        ["issue-too-large"] = (400, InvalidParameter),
        ["scorer-too-large"] = (400, InvalidParameter),
        ["search-too-large"] = (400, InvalidParameter),
        ["spans-elsewhere"] = (501, "NOT_IMPLEMENTED"),
        ["workspaces-off"] = (501, "FEATURE_DISABLED"),
        ["jobs-off"] = (501, "NOT_IMPLEMENTED"),
        ["spans-damaged"] = (400, "INVALID_STATE"),
        ["spans-too-large"] = (400, InvalidParameter),
        ["body-too-large"] = (413, InvalidParameter),
        ["route-missing"] = (404, "ENDPOINT_NOT_FOUND"),
        [ApiRoutes.WrongMethod] = (405, "ENDPOINT_NOT_FOUND"),
    };

    public static (int Status, string Name) Of(string code, int status) => ByCode.TryGetValue(code, out var known) ? known : (status, status switch
    {
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => DoesNotExist,
        409 => "RESOURCE_CONFLICT",
        501 => "NOT_IMPLEMENTED",
        503 => "TEMPORARILY_UNAVAILABLE",
        < 500 => InvalidParameter,
        _ => "INTERNAL_ERROR",
    });
}
