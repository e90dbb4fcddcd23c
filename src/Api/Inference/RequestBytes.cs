using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using MlOps.Api.Http;

namespace MlOps.Api.Inference;

/// <summary>A whole request body in one piece: where the server put it, or else in a rented array. Dispose when nothing of it is needed any more.</summary>
internal struct RequestBytes : IDisposable
{
    private readonly PipeReader _reader;
    private readonly SequencePosition _end;
    private byte[]? _rented;
    private bool _disposed;

    private RequestBytes(PipeReader reader, ReadOnlySequence<byte> body)
    {
        _reader = reader;
        _end = body.End;
        if (body.IsSingleSegment)
        {
            Memory = body.First;
            return;
        }

        int length = checked((int)body.Length);
        _rented = ArrayPool<byte>.Shared.Rent(length);
        body.CopyTo(_rented);
        Memory = _rented.AsMemory(0, length);
    }

    public ReadOnlyMemory<byte> Memory { get; }

    public static async ValueTask<RequestBytes> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult read = await request.BodyReader.ReadAsync(cancellationToken);
            if (read.IsCanceled)
                throw new OperationCanceledException(cancellationToken);
            if (read.IsCompleted)
                return new RequestBytes(request.BodyReader, read.Buffer);
            request.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    /// <summary>Reads the body as JSON.</summary>
    /// <exception cref="MlOpsException">Invalid <c>json-invalid</c>, with line and column.</exception>
    public readonly T Parse<T>(Func<JsonSlice, T> parse) => Parse(Memory, parse);

    /// <inheritdoc cref="Parse{T}(Func{JsonSlice, T})"/>
    public static T Parse<T>(ReadOnlyMemory<byte> json, Func<JsonSlice, T> parse)
    {
        try
        {
            return parse(JsonSlice.Of(json));
        }
        catch (JsonException e)
        {
            throw Invalid(json, e);
        }
    }

    /// <summary>What the caller is told of JSON that could not be read.</summary>
    public static MlOpsException Invalid(ReadOnlyMemory<byte> json, JsonException e)
    {
        // Only a reading of the whole body knows where in it the mistake is.
        JsonBody.Parse(json).Dispose();
        return JsonRequest.Invalid(e, null);
    }

    public void Dispose()
    {
        if (_disposed || _reader is null)
            return;
        _disposed = true;
        _reader.AdvanceTo(_end);
        if (_rented is not null)
            ArrayPool<byte>.Shared.Return(_rented);
        _rented = null;
    }
}
