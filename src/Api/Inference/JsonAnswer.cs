using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using MlOps.Api.Http;

namespace MlOps.Api.Inference;

/// <summary>Writes an answer as JSON, with a writer and a buffer that the thread's next answer uses again.</summary>
internal static class JsonAnswer
{
    /// <summary>A larger buffer is not kept.</summary>
    private const int MaxKept = 4 << 20;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _bytes;

    [ThreadStatic]
    private static Utf8JsonWriter? _json;

    /// <summary>The answer goes out when the handler ends, in one piece and with its length.</summary>
    public static Task WriteAsync<T>(ApiCall call, T value, Action<Utf8JsonWriter, T> write)
    {
        ArrayBufferWriter<byte> bytes = _bytes ??= new ArrayBufferWriter<byte>(1024);
        Utf8JsonWriter json = _json ??= new Utf8JsonWriter(bytes);
        bytes.ResetWrittenCount();
        json.Reset(bytes);
        write(json, value);
        json.Flush();
        HttpResponse response = call.Http.Response;
        response.ContentType = "application/json";
        response.ContentLength = bytes.WrittenCount;
        response.BodyWriter.Write(bytes.WrittenSpan);
        if (bytes.Capacity > MaxKept)
            _bytes = null;
        return Task.CompletedTask;
    }
}
