using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using MlOps.Api.Http;
using MlOps.Domain.Serving;
using MlOps.Learning.Tables;

namespace MlOps.Api.Protocols.MlflowScoring;

/// <summary>The rows of an invocation, in JSON or CSV.</summary>
internal sealed class InvocationBody : IDisposable
{
    private readonly IDisposable? _source;

    private InvocationBody(Func<RequestBinder, Table> bind, IDisposable? source = null)
    {
        Bind = bind;
        _source = source;
    }

    public Func<RequestBinder, Table> Bind { get; }

    /// <exception cref="MlOpsException">Invalid: <c>media-type</c> (415), <c>json-invalid</c>, or what the CSV reader reports.</exception>
    public static async Task<InvocationBody> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (MediaType(request) == "text/csv")
        {
            Table rows = await CsvRows.ReadAsync(request.Body, cancellationToken);
            return new InvocationBody(binder => binder.Bind(rows));
        }

        JsonDocument json = await JsonBody.ReadAsync(request.Body, cancellationToken);
        return new InvocationBody(InvocationForms.Of(json.RootElement), json);
    }

    public void Dispose() => _source?.Dispose();

    private static string MediaType(HttpRequest request)
    {
        bool ok = MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? type)
            && type.MediaType.Value is "application/json" or "text/csv"
            && type.Parameters.All(p => p.Name == "charset" && p.Value.ToString().Trim('"').Equals("utf-8", StringComparison.OrdinalIgnoreCase));
        return ok ? type!.MediaType.Value! : throw MlOpsException.Invalid("media-type",
            $"the content type is '{request.ContentType}', expected application/json or text/csv, in UTF-8");
    }
}
