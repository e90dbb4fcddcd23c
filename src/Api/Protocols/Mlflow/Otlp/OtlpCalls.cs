using System.IO.Compression;
using Microsoft.AspNetCore.Http;
using MlOps.Api.Http;
using MlOps.Domain.Experiments.Traces;

namespace MlOps.Api.Protocols.Mlflow.Otlp;

/// <summary>
/// <c>POST /v1/traces</c>, OTLP over HTTP: any program that speaks OpenTelemetry, and MLflow's clients from 3.4 on, send spans here. The header
/// <c>x-mlflow-experiment-id</c> says to which experiment.
/// </summary>
internal sealed class OtlpCalls(SpanLog spans, ApiOptions options)
{
    private const string ExperimentHeader = "x-mlflow-experiment-id";
    private const string Protobuf = "application/x-protobuf";
    private const string Json = "application/json";

    public async Task ReceiveAsync(ApiCall call)
    {
        HttpRequest request = call.Http.Request;
        string type = (request.ContentType ?? "").Split(';')[0].Trim().ToLowerInvariant();
        if (type is not (Protobuf or Json))
            throw MlOpsException.Invalid("otlp-type", $"Invalid Content-Type: {request.ContentType}. Expected: {Protobuf} or {Json}");
        string experiment = request.Headers[ExperimentHeader].ToString() is { Length: > 0 } given ? given
            : throw MlOpsException.Invalid("otlp-experiment", $"the header {ExperimentHeader} is missing: it names the experiment that the spans are of");
        byte[] body = await BodyAsync(request, call.Aborted);
        List<ReceivedSpan> received = type == Json ? OtlpJson.Read(body) : OtlpProtobuf.Read(body);
        if (received.Count == 0)
            throw OtlpErrors.Damaged("no spans found");
        // All are read before the first is stored: a request that is wrong leaves nothing behind.
        List<(string Trace, Span Span)> all = [.. received.Select(r => (r.TraceName, r.Checked()))];
        foreach (IGrouping<string, Span> trace in all.GroupBy(s => s.Trace, s => s.Span))
            await spans.StoreAsync(experiment, trace.Key, [.. trace], call.Aborted);
        // An answer without fields is of no bytes as protocol buffers.
        call.Http.Response.ContentType = type;
        if (type == Json)
            await call.Http.Response.WriteAsync("{}", call.Aborted);
    }

    private async Task<byte[]> BodyAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        string encoding = request.Headers.ContentEncoding.ToString().Trim().ToLowerInvariant();
        await using Stream content = encoding switch
        {
            "" or "identity" => request.Body,
            "gzip" => new GZipStream(request.Body, CompressionMode.Decompress),
            "deflate" => new ZLibStream(request.Body, CompressionMode.Decompress),
            _ => throw MlOpsException.Invalid("otlp-encoding", $"Unsupported Content-Encoding: {encoding}. Expected: gzip, deflate or none"),
        };
        var bytes = new MemoryStream();
        byte[] buffer = new byte[64 << 10];
        try
        {
            for (int read; (read = await content.ReadAsync(buffer, cancellationToken)) > 0;)
            {
                // What a small body unpacks to counts, too.
                if (bytes.Length + read > options.MaxRequestBytes)
                    throw MlOpsException.TooLarge("body-too-large", $"the spans unpack to more than the {options.MaxRequestBytes:N0} bytes allowed here: send fewer at once");
                bytes.Write(buffer, 0, read);
            }
        }
        catch (InvalidDataException e)
        {
            throw OtlpErrors.Damaged($"the body is no {encoding}: {e.Message}");
        }

        return bytes.ToArray();
    }
}
