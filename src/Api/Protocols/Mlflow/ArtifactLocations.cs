using MlOps.Domain.Experiments;
using MlOps.Domain.Storage;

namespace MlOps.Api.Protocols.Mlflow;

/// <summary>
/// What an experiment may say of where its artifacts go. This server only ever reads and writes its own store; to clients any other
/// location is an address of theirs, so it must not be one that means something else to each of them.
/// </summary>
internal static class ArtifactLocations
{
    private const int MaxChars = 2_048;

    /// <exception cref="MlOpsException">Invalid <c>field-invalid</c>.</exception>
    public static string Check(string location)
    {
        string? why = location switch
        {
            { Length: > MaxChars } => $"has {location.Length} characters, at most {MaxChars} are allowed",
            _ when location.StartsWith("runs:", StringComparison.OrdinalIgnoreCase) => "cannot be a runs:/ URI",
            _ when location.AsSpan().IndexOfAny("#;") >= 0 => "can't include fragments or params",
            _ when location.Any(char.IsControl) || Climbs(location) => "holds '..' or a control character",
            _ when location.StartsWith(ArtifactUris.Scheme, StringComparison.Ordinal) => OwnStore(location),
            _ => null,
        };
        return why is null ? location : throw MlOpsException.Invalid("field-invalid", $"Invalid value for parameter 'artifact_location': '{location}' {why}");
    }

    private static bool Climbs(string location)
    {
        for (string before = ""; before != location; location = Uri.UnescapeDataString(location))
        {
            before = location;
            if (location.Split('/', '\\', '?', '&', '=').Contains(".."))
                return true;
        }

        return false;
    }

    /// <summary>A path of the proxy: <c>mlflow-artifacts:/[path]</c>, or with a host, which is the client's business.</summary>
    private static string? OwnStore(string location)
    {
        if (ArtifactUris.PathOf(location) is not { Length: > 0 } path)
            return "names no folder";
        if (path.AsSpan().ContainsAny('%', '?'))
            return "holds % or ?, which clients and this server would read differently";
        try
        {
            BlobChecks.Path(path);
            return null;
        }
        catch (MlOpsException e)
        {
            return e.Message;
        }
    }
}
