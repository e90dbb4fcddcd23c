using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using MlOps.Api.Http;

namespace MlOps.Api.Inference;

/// <summary>
/// Writes an answer as JSON: a small one whole, with a writer and a buffer that the thread's next answer uses again; a large one in parts, each
/// sent before the next is written, so that it takes no memory by its size.
/// </summary>
internal static class JsonAnswer
{
    /// <summary>A larger buffer is not kept.</summary>
    private const int MaxKept = 4 << 20;

    /// <summary>Values that are written at a time, of some 20 bytes each.</summary>
    private const int ValuesAtOnce = 4_096;

    /// <summary>An answer of fewer values goes out whole and with its length.</summary>
    private const int MaxWhole = 4 * ValuesAtOnce;

    /// <summary>Bytes.</summary>
    private const int MaxPiece = 1024;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _bytes;

    [ThreadStatic]
    private static Utf8JsonWriter? _json;

    /// <param name="rows">How many there are.</param>
    /// <param name="width">Values a row.</param>
    /// <param name="write">Writes a part; called with one after the other.</param>
    public static Task WriteAsync<T>(ApiCall call, T value, int rows, int width, Action<Utf8JsonWriter, T, AnswerRows> write)
    {
        call.Http.Response.ContentType = "application/json";
        if ((long)rows * width > MaxWhole)
            return WritePartsAsync(call, value, rows, Math.Max(1, ValuesAtOnce / width), write);
        ArrayBufferWriter<byte> bytes = _bytes ??= new ArrayBufferWriter<byte>(1024);
        Utf8JsonWriter json = _json ??= new Utf8JsonWriter(bytes);
        bytes.ResetWrittenCount();
        json.Reset(bytes);
        write(json, value, new AnswerRows(0, rows, rows));
        json.Flush();
        call.Http.Response.ContentLength = bytes.WrittenCount;
        Send(call.Http.Response.BodyWriter, bytes.WrittenSpan);
        if (bytes.Capacity > MaxKept)
            _bytes = null;
        return Task.CompletedTask;
    }

    /// <summary>What the server has room for anyway is copied at once; anything longer in pieces of its own size.</summary>
    private static void Send(PipeWriter writer, ReadOnlySpan<byte> answer)
    {
        if (answer.Length > MaxPiece)
        {
            writer.Write(answer);
            return;
        }

        answer.CopyTo(writer.GetSpan(answer.Length));
        writer.Advance(answer.Length);
    }

    private static async Task WritePartsAsync<T>(ApiCall call, T value, int rows, int atOnce, Action<Utf8JsonWriter, T, AnswerRows> write)
    {
        var bytes = new ArrayBufferWriter<byte>(ValuesAtOnce * 20);
        await using var json = new Utf8JsonWriter(bytes);
        for (int from = 0; from < rows; from += atOnce)
        {
            write(json, value, new AnswerRows(from, Math.Min(rows, from + atOnce), rows));
            await json.FlushAsync(call.Aborted);
            await call.Http.Response.BodyWriter.WriteAsync(bytes.WrittenMemory, call.Aborted);
            bytes.ResetWrittenCount();
        }
    }
}
