using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using MlOps.Api.Http;
using MlOps.Api.Inference;

namespace MlOps.Api.Protocols.Mlflow;

/// <summary>How calls of MLflow's REST API are read and answered: an object of fields in, an object out.</summary>
internal static class MlflowCall
{
    /// <summary>A larger buffer is not kept for the thread's next answer.</summary>
    private const int MaxKept = 1 << 20;

    private const int MaxPending = 32 << 10;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _bytes;

    /// <summary>A handler of a call whose fields are in the query.</summary>
    public static Func<ApiCall, Task> OfQuery(Func<ApiCall, MlflowFields, Task> handler) => call => handler(call, new MlflowFields(call.Http.Request.Query));

    /// <summary>A handler of a call whose fields are in a JSON body; no body is one without fields.</summary>
    /// <param name="plain">Of a body that need not become a document; null answers that it must.</param>
    public static Func<ApiCall, Task> OfBody(Func<ApiCall, MlflowFields, Task> handler, Func<ApiCall, ReadOnlyMemory<byte>, Task?>? plain = null) => async call =>
    {
        using RequestBytes body = await RequestBytes.ReadAsync(call.Http.Request, call.Aborted);
        CheckType(call.Http.Request, body.Memory.Length);
        if (plain?.Invoke(call, body.Memory) is { } answered)
        {
            await answered;
            return;
        }

        using JsonDocument json = JsonBody.Parse(body.Memory.Length == 0 ? "{}"u8.ToArray() : body.Memory);
        if (json.RootElement.ValueKind != JsonValueKind.Object)
            throw MlOpsException.Invalid("json-invalid", $"the body is {JsonFields.Shown(json.RootElement)}, expected an object");
        await handler(call, new MlflowFields(json.RootElement));
    };

    public static Task EmptyAsync(ApiCall call) => AnswerAsync(call, 0, static (_, _) => { });

    /// <summary>Answers the object whose fields <paramref name="write"/> writes.</summary>
    public static Task AnswerAsync<T>(ApiCall call, T value, Action<Utf8JsonWriter, T> write)
    {
        ArrayBufferWriter<byte> bytes = _bytes ?? new ArrayBufferWriter<byte>(4_096);
        _bytes = null;
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = MlflowJson.Encoder, SkipValidation = true }))
        {
            json.WriteStartObject();
            write(json, value);
            json.WriteEndObject();
        }

        call.Http.Response.ContentType = "application/json";
        call.Http.Response.ContentLength = bytes.WrittenCount;
        call.Http.Response.BodyWriter.Write(bytes.WrittenSpan);
        if (bytes.Capacity <= MaxKept)
        {
            bytes.ResetWrittenCount();
            _bytes = bytes;
        }

        return Task.CompletedTask;
    }

    /// <summary>A list that is empty, a token and a total that are null are left out. Written as it goes: a page may have 50,000 runs.</summary>
    public static async Task PageAsync<T>(ApiCall call, string name, IReadOnlyList<T> items, Action<Utf8JsonWriter, T> write, string? continuation, int? total = null)
    {
        PipeWriter body = call.Http.Response.BodyWriter;
        call.Http.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(body, new JsonWriterOptions { Encoder = MlflowJson.Encoder, SkipValidation = true });
        json.WriteStartObject();
        if (items.Count > 0)
        {
            json.WriteStartArray(name);
            foreach (T item in items)
            {
                write(json, item);
                if (json.BytesPending < MaxPending)
                    continue;
                json.Flush();
                await body.FlushAsync(call.Aborted);
            }

            json.WriteEndArray();
        }

        if (total is { } count)
            json.WriteNumber("total_count"u8, count);
        if (continuation is not null)
            json.WriteString("next_page_token"u8, continuation);
        json.WriteEndObject();
    }

    /// <summary>As above, of what is read as it is written: one item is in memory at a time.</summary>
    public static async Task PageAsync<T>(ApiCall call, string name, IAsyncEnumerable<T> items, Action<Utf8JsonWriter, T> write)
    {
        PipeWriter body = call.Http.Response.BodyWriter;
        call.Http.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(body, new JsonWriterOptions { Encoder = MlflowJson.Encoder, SkipValidation = true });
        json.WriteStartObject();
        bool any = false;
        await foreach (T item in items.WithCancellation(call.Aborted))
        {
            if (!any)
                json.WriteStartArray(name);
            any = true;
            write(json, item);
            json.Flush();
            await body.FlushAsync(call.Aborted);
        }

        if (any)
            json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void CheckType(HttpRequest request, int length)
    {
        // The web UI sends some without a type, and browsers let no other site send a DELETE unasked.
        if (HttpMethods.IsDelete(request.Method))
            return;
        bool ok = MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? type) ? type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase) : length == 0;
        if (!ok)
            throw MlOpsException.Invalid("json-type", $"Bad Request. Content-Type must be application/json, not '{request.ContentType}'.");
    }
}
