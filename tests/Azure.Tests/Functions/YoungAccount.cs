using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace MlOps.Azure.Tests.Functions;

/// <summary>The tables of the emulator behind a door that refuses everybody, as an account whose roles are minutes young, until it is opened.</summary>
internal sealed class YoungAccount : IAsyncDisposable
{
    private readonly HttpClient _http = new();
    private readonly WebApplication _door;
    private readonly string _behind;

    private YoungAccount(string behind)
    {
        _behind = behind;
        _door = DurableSidecar.Builder().Build();
        _door.Run(AnswerAsync);
    }

    public bool Open { get; set; }

    /// <param name="tables">The endpoint of the emulator's tables, with the account.</param>
    public static async Task<YoungAccount> StartAsync(string tables)
    {
        var account = new YoungAccount(tables[..tables.IndexOf('/', "http://".Length)]);
        await account._door.StartAsync();
        return account;
    }

    public string Through(string connection) => connection.Replace(_behind, _door.Urls.Single(), StringComparison.Ordinal);

    public async ValueTask DisposeAsync()
    {
        await _door.DisposeAsync();
        _http.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        if (!Open)
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            context.Response.Headers["x-ms-error-code"] = "AuthorizationPermissionMismatch";
            return;
        }

        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), _behind + context.Features.Get<IHttpRequestFeature>()!.RawTarget);
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        if (body.Length > 0)
            request.Content = new ByteArrayContent(body.ToArray());
        foreach ((string name, var values) in context.Request.Headers.Where(h => h.Key is not ("Host" or "Content-Length")))
        {
            if (!request.Headers.TryAddWithoutValidation(name, [.. values]))
                request.Content?.Headers.TryAddWithoutValidation(name, [.. values]);
        }

        using HttpResponseMessage response = await _http.SendAsync(request);
        context.Response.StatusCode = (int)response.StatusCode;
        foreach ((string name, IEnumerable<string> values) in response.Headers.Concat(response.Content.Headers).Where(h => h.Key is not "Transfer-Encoding"))
            context.Response.Headers[name] = values.ToArray();
        await response.Content.CopyToAsync(context.Response.Body);
    }
}
