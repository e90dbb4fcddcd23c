using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using MlOps.Api.Protocols.Mlflow;

namespace MlOps.Api.Http;

/// <summary>What an exception is to a client. The one place where kinds become statuses, whatever the protocol.</summary>
internal sealed record ApiError(int Status, string Code, string Message)
{
    /// <summary>Code of what a protocol has and this server has not (501).</summary>
    public const string NotImplemented = "not-implemented";

    /// <summary>After how long the same may work; null for not known.</summary>
    public TimeSpan? RetryAfter { get; init; }

    private const int ClientClosedRequest = 499;

    /// <summary>Quotes in messages stay quotes: people read them in terminals, and no browser takes the answer for a page.</summary>
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The status is that of the protocol, too.</summary>
    public static ApiError Of(Exception exception, HttpContext http, ErrorShape shape)
    {
        var error = Of(exception, http);
        return shape switch
        {
            ErrorShape.MlflowTracking when !error.IsAbandoned => error with { Status = MlflowErrors.Of(error.Code, error.Status).Status },
            ErrorShape.SageMaker when error.IsModelError => error with { Status = StatusCodes.Status424FailedDependency },
            _ => error,
        };
    }

    private static ApiError Of(Exception exception, HttpContext http) => exception switch
    {
        MlOpsException e => new(StatusOf(e), e.Code, e.Message) { RetryAfter = e.RetryAfter },
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => TooLarge(http),
        BadHttpRequestException e => new(e.StatusCode, "request-invalid", e.Message),
        OperationCanceledException when http.RequestAborted.IsCancellationRequested => new(ClientClosedRequest, "request-aborted", "the client went away"),
        _ => new(StatusCodes.Status500InternalServerError, "unexpected",
            $"something went wrong that should not have; the server's log has the details under request id '{http.TraceIdentifier}'"),
    };

    public bool IsUnexpected => Status == StatusCodes.Status500InternalServerError;

    private bool IsModelError => Code == "model-score";

    public bool IsAbandoned => Status == ClientClosedRequest;

    /// <summary>The body in the protocol's words, and its media type.</summary>
    public (string ContentType, byte[] Body) Write(ErrorShape shape) => shape switch
    {
        ErrorShape.OpenInference => ("application/json", Json(new { error = Message })),
        ErrorShape.SageMaker when IsModelError => ("application/json", Json(new { Message, OriginalMessage = Message, OriginalStatusCode = StatusCodes.Status500InternalServerError })),
        ErrorShape.SageMaker => ("application/json", Json(new { message = Message })),
        ErrorShape.MlflowTracking => ("application/json", Json(new { error_code = MlflowErrors.Of(Code, Status).Name, message = Message })),
        ErrorShape.Mlflow when Status == StatusCodes.Status415UnsupportedMediaType => ("text/plain; charset=utf-8", Encoding.UTF8.GetBytes(Message)),
        ErrorShape.Mlflow => ("application/json", Json(new { error_code = MlflowCode, message = Message })),
        _ => ("application/problem+json", Json(new { type = $"urn:mlops:error:{Code}", title = Title, status = Status, code = Code, detail = Message })),
    };

    /// <summary>The exception that SageMaker's clients throw for it.</summary>
    public string SageMakerType => Status switch
    {
        401 or 403 => "AccessDeniedException",
        424 => "ModelError",
        503 => "ServiceUnavailable",
        < 500 => "ValidationError",
        _ => "InternalFailure",
    };

    private string Title => Status switch
    {
        400 => "Invalid request",
        401 => "Not authenticated",
        403 => "Not permitted",
        404 => "Not found",
        405 => "Method not allowed",
        409 => "Conflict",
        413 => "Too large",
        415 => "Media type not supported",
        501 => "Not implemented",
        503 => "Not available",
        _ => "Error",
    };

    private string MlflowCode => Status switch
    {
        400 when Code is "request-shape" or "json-invalid" => "BAD_REQUEST",
        400 => "INVALID_PARAMETER_VALUE",
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "RESOURCE_DOES_NOT_EXIST",
        409 => "RESOURCE_CONFLICT",
        501 => "NOT_IMPLEMENTED",
        503 => "TEMPORARILY_UNAVAILABLE",
        < 500 => "BAD_REQUEST",
        _ => "INTERNAL_ERROR",
    };

    private static int StatusOf(MlOpsException e) => e.Kind switch
    {
        ErrorKind.NotFound => 404,
        ErrorKind.Conflict => 409,
        ErrorKind.Refused when e.Code is BearerAuth.Missing or BearerAuth.Invalid => 401,
        ErrorKind.Refused => 403,
        ErrorKind.TooLarge => 413,
        ErrorKind.Unavailable => 503,
        ErrorKind.Failed => 500,
        _ when e.Code == "media-type" => 415,
        _ when e.Code == ApiRoutes.WrongMethod => 405,
        _ when e.Code == NotImplemented => 501,
        _ => 400,
    };

    private static ApiError TooLarge(HttpContext http)
    {
        long? limit = http.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize;
        return new(StatusCodes.Status413PayloadTooLarge, "body-too-large", $"the body is larger than the {limit:N0} bytes allowed here: send it in parts");
    }

    private static byte[] Json<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, Readable);
}
