using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using MlOps.Domain;
using MlOps.Domain.Access;

namespace MlOps.Api.Http;

/// <summary>What surrounds every handler, on every host alike: request id, size limit, who is asking, and the answer to errors.</summary>
internal sealed class ApiPipeline(Platform platform, ApiOptions options, DirectRoutes? direct = null)
{
    /// <summary>MLflow's UI has no place for a token: a browser asks for it as a password.</summary>
    private const string MlflowChallenge = "Basic realm=\"mlflow\", charset=\"UTF-8\"";

    private readonly BearerAuth _auth = new(platform.Access, options, platform.Ports.Time);

    /// <summary>Everything mapped so far, of every protocol.</summary>
    public List<MappedRoute> Routes { get; } = [];

    /// <summary>Where routes go that a host may answer before routing, if it does.</summary>
    public DirectRoutes? Direct => direct;

    /// <param name="role">Who may; null for everybody, token or not.</param>
    /// <param name="maxBytes">Size limit of the body.</param>
    public RequestDelegate Around(Func<ApiCall, Task> handler, ErrorShape shape, Role? role, long maxBytes) => http =>
    {
        // What is answered without waiting, as most predictions are, pays for no state machine.
        try
        {
            Task handled = Handle(new ApiCall(http, options, platform.Ports.Time.GetTimestamp()), handler, role, maxBytes);
            return handled.IsCompletedSuccessfully ? Task.CompletedTask : AnswerErrorAsync(handled, http, shape);
        }
        catch (Exception e)
        {
            return AnswerAsync(http, e, shape);
        }
    };

    /// <inheritdoc cref="BearerAuth.IsKnownAsync"/>
    public ValueTask<bool> IsKnownAsync(HttpContext http) => _auth.IsKnownAsync(http);

    private Task Handle(ApiCall call, Func<ApiCall, Task> handler, Role? role, long maxBytes)
    {
        // Replaced in silence, it would be looked for in vain. A probe must not fail by what a proxy adds.
        if (RequestId.Set(call, platform.Ports.Ids) is { } unfit && role is not null)
            throw MlOpsException.Invalid("request-id", unfit);
        Limit(call.Http, maxBytes);
        if (role is not { } required)
            return handler(call);
        if (_auth.AtOnce(call) is not { } known)
            return HandleCheckedAsync(call, handler, required);
        call.Identified(known);
        return handler(call);
    }

    private async Task HandleCheckedAsync(ApiCall call, Func<ApiCall, Task> handler, Role required)
    {
        await call.LeaveSharedThreadAsync();
        call.Identified(await _auth.CheckAsync(call.Http, required));
        await handler(call);
    }

    private static async Task AnswerErrorAsync(Task handled, HttpContext http, ErrorShape shape)
    {
        try
        {
            await handled;
        }
        catch (Exception e)
        {
            await AnswerAsync(http, e, shape);
        }
    }

    private void Limit(HttpContext http, long maxBytes)
    {
        // More than it says that it sends is never read. The host's own limit is that of ordinary bodies, which a file may pass.
        if (http.Request.ContentLength <= maxBytes && maxBytes <= options.MaxRequestBytes)
            return;
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = maxBytes;
    }

    private static async Task AnswerAsync(HttpContext http, Exception exception, ErrorShape shape)
    {
        var error = ApiError.Of(exception, http, shape);
        Log(http, error, exception);
        if (error.IsAbandoned)
            return;
        if (http.Response.HasStarted)
        {
            // The status line is gone: only a broken connection still says that the answer is not whole.
            http.Abort();
            return;
        }

        (string contentType, byte[] body) = error.Write(shape);
        http.Response.StatusCode = error.Status;
        http.Response.ContentType = contentType;
        http.Response.Headers.XContentTypeOptions = "nosniff";
        if (shape == ErrorShape.SageMaker)
            http.Response.Headers["x-amzn-ErrorType"] = error.SageMakerType;
        if (error.Status == StatusCodes.Status401Unauthorized)
            http.Response.Headers.WWWAuthenticate = shape == ErrorShape.MlflowTracking ? MlflowChallenge : "Bearer";
        if (error.RetryAfter is { } after)
            http.Response.Headers.RetryAfter = Math.Ceiling(after.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        await http.Response.Body.WriteAsync(body, http.RequestAborted);
    }

    private static void Log(HttpContext http, ApiError error, Exception exception)
    {
        ILogger logger = http.RequestServices.GetService<ILoggerFactory>()?.CreateLogger("MlOps.Api") ?? NullLogger.Instance;
        string path = http.Request.Path.Value ?? "";
        if (error.IsUnexpected)
            logger.RequestFailed(http.Request.Method, path, http.TraceIdentifier, exception);
        else if (error.Status == StatusCodes.Status503ServiceUnavailable)
            logger.RequestUnavailable(http.Request.Method, path, http.TraceIdentifier, error.Code, exception);
    }
}
