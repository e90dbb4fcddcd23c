using System.Net.Http.Headers;
using System.Text;

namespace MlOps.Cli.Moving;

/// <summary>
/// A server that speaks MLflow's API, as its clients name it. The token comes from the option, else user and password from the address
/// (<c>http://user:password@host</c>), else either from the environment variables of MLflow's clients.
/// </summary>
internal static class MlflowAddress
{
    /// <exception cref="MlOpsException">Invalid <c>tracking-uri</c>.</exception>
    public static HttpClient Open(string uri, string? token)
    {
        if (!Uri.TryCreate(uri.TrimEnd('/') + "/", UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https"))
            throw MlOpsException.Invalid("tracking-uri", $"--tracking-uri '{uri}' is no address of a server: write http://host:port; a file is read with --sqlite FILE");
        var bare = new UriBuilder(address) { UserName = "", Password = "" };
        // A foreign server does not say what else is fetched from within our network.
        var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = bare.Uri, Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.Authorization = Header(token, Uri.UnescapeDataString(address.UserInfo));
        return http;
    }

    private static AuthenticationHeaderValue? Header(string? token, string user)
    {
        if (token is not null)
            return new AuthenticationHeaderValue("Bearer", token);
        if (user.Length > 0)
            return Basic(user);
        if (Variable("MLFLOW_TRACKING_TOKEN") is { } bearer)
            return new AuthenticationHeaderValue("Bearer", bearer);
        return Variable("MLFLOW_TRACKING_USERNAME") is { } name ? Basic($"{name}:{Variable("MLFLOW_TRACKING_PASSWORD")}") : null;
    }

    private static AuthenticationHeaderValue Basic(string pair) => new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(pair)));

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
