using MlOps.Domain.Experiments;

namespace MlOps.Api.Protocols.Mlflow;

/// <summary>Paths of the artifact proxy.</summary>
internal static class ProxyPath
{
    /// <summary>The path that <c>mlflow-artifacts:/a/b</c> or <c>mlflow-artifacts://host/a/b</c> names; null for another location.</summary>
    public static string? OfLocation(string location)
    {
        if (!location.StartsWith(ArtifactUris.Scheme, StringComparison.Ordinal))
            return null;
        string rest = location[ArtifactUris.Scheme.Length..];
        if (rest.StartsWith("//", StringComparison.Ordinal))
            rest = rest.IndexOf('/', 2) is > 0 and int slash ? rest[slash..] : "";
        return rest.Trim('/');
    }
}
