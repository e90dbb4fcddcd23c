using MlOps.Domain.Registry;

namespace MlOps.Domain.Serving.Models;

/// <summary>What a version that cannot be loaded is to who asks for it, whatever is wrong with its file: it is the server's fault, and may be repaired.</summary>
internal static class LoadFailure
{
    public static string CodeOf(Exception cause) => cause is MlOpsException { Code: "model-warmup" or ModelCache.TooLarge } known ? known.Code : "model-load";

    public static MlOpsException Of(ModelVersion version, Exception cause) =>
        new(ErrorKind.Unavailable, CodeOf(cause), $"version {version.Version} of '{version.Model}' could not be loaded: {cause.Message}", cause) { RetryAfter = (cause as MlOpsException)?.RetryAfter };
}
