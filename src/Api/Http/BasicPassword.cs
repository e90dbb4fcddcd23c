using System.Text;

namespace MlOps.Api.Http;

/// <summary>Basic authentication (RFC 7617), as MLflow's clients send MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD.</summary>
internal static class BasicPassword
{
    private const string Scheme = "Basic ";

    /// <summary>Null when the header is of another scheme, or none; empty when what it says is no user and password.</summary>
    public static string? Of(string authorization)
    {
        if (!authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return null;
        byte[] bytes = new byte[authorization.Length];
        if (!Convert.TryFromBase64String(authorization[Scheme.Length..].Trim(), bytes, out int length))
            return "";
        string pair = Encoding.UTF8.GetString(bytes, 0, length);
        int colon = pair.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? "" : pair[(colon + 1)..];
    }
}
