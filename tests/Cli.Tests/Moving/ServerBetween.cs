using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;

namespace MlOps.Cli.Tests.Moving;

/// <summary>Stands before a server of ours and answers some calls as another server would; the others are handed on.</summary>
internal sealed class ServerBetween : IAsyncDisposable
{
    private readonly HttpClient _http = new();
    private readonly WebApplication _app = WebApplication.CreateSlimBuilder().Build();

    private ServerBetween()
    {
    }

    public string Url => _app.Urls.First();

    /// <param name="instead">The answer to a request and its body; null hands it on.</param>
    public static async Task<ServerBetween> StartAsync(string behind, Func<HttpRequest, string, IResult?> instead)
    {
        var between = new ServerBetween();
        between._app.Urls.Add("http://127.0.0.1:0");
        between._app.Run(call => between.AnswerAsync(call, behind, instead));
        await between._app.StartAsync();
        return between;
    }

    /// <summary>As MLflow reads filters: a doubled quote is two.</summary>
    public static Task<ServerBetween> WithMlflowsQuotesAsync(string behind) => StartAsync(
        behind, (request, body) => (request.Query["filter"] + body).Contains("''", StringComparison.Ordinal) ? Results.Json(new object()) : null);

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _http.Dispose();
    }

    private async Task AnswerAsync(HttpContext call, string behind, Func<HttpRequest, string, IResult?> instead)
    {
        var body = new MemoryStream();
        await call.Request.Body.CopyToAsync(body, call.RequestAborted);
        if (instead(call.Request, System.Text.Encoding.UTF8.GetString(body.ToArray())) is { } answer)
        {
            await answer.ExecuteAsync(call);
            return;
        }

        using var request = new HttpRequestMessage(new HttpMethod(call.Request.Method), behind + call.Request.GetEncodedPathAndQuery());
        request.Content = new ByteArrayContent(body.ToArray());
        if (call.Request.ContentType is { } type)
            request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        using HttpResponseMessage response = await _http.SendAsync(request, call.RequestAborted);
        call.Response.StatusCode = (int)response.StatusCode;
        call.Response.ContentType = response.Content.Headers.ContentType?.ToString();
        await response.Content.CopyToAsync(call.Response.Body, call.RequestAborted);
    }
}
