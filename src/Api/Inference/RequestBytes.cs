using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using MlOps.Api.Http;

namespace MlOps.Api.Inference;

/// <summary>A whole request body in one piece: where the server put it, or else in a rented array. Dispose when nothing of it is needed any more.</summary>
internal struct RequestBytes : IDisposable
{
    /// <summary>A body that has not come whole by then is gathered in an array, so that the server need not keep it too.</summary>
    private const int GatherFrom = 64 << 10;

    private PipeReader? _reader;
    private readonly SequencePosition _start;
    private readonly SequencePosition _end;
    private byte[]? _rented;

    private RequestBytes(PipeReader reader, ReadOnlySequence<byte> body)
    {
        if (body.IsSingleSegment)
        {
            _reader = reader;
            (_start, _end) = (body.Start, body.End);
            Memory = body.First;
            return;
        }

        int length = checked((int)body.Length);
        _rented = ArrayPool<byte>.Shared.Rent(length);
        body.CopyTo(_rented);
        Memory = _rented.AsMemory(0, length);
        reader.AdvanceTo(body.End);
    }

    private RequestBytes(byte[] rented, int length)
    {
        _rented = rented;
        Memory = rented.AsMemory(0, length);
    }

    public ReadOnlyMemory<byte> Memory { get; }

    /// <summary>The body, if it has come whole and lies in one piece; else nothing of it is taken. <see cref="GiveBack"/> undoes it.</summary>
    public static bool TryRead(PipeReader reader, out RequestBytes bytes)
    {
        bytes = default;
        if (!reader.TryRead(out ReadResult read))
            return false;
        if (read.IsCompleted && !read.IsCanceled && read.Buffer.IsSingleSegment)
        {
            bytes = new RequestBytes(reader, read.Buffer);
            return true;
        }

        reader.AdvanceTo(read.Buffer.Start);
        return false;
    }

    public static async ValueTask<RequestBytes> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult read = await request.BodyReader.ReadAsync(cancellationToken);
            if (read.IsCanceled)
                throw new OperationCanceledException(cancellationToken);
            if (read.IsCompleted)
                return new RequestBytes(request.BodyReader, read.Buffer);
            if (read.Buffer.Length >= GatherFrom)
                return await GatherAsync(request, read, cancellationToken);
            request.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static async Task<RequestBytes> GatherAsync(HttpRequest request, ReadResult read, CancellationToken cancellationToken)
    {
        var gathered = new GatheredBytes(request.ContentLength);
        try
        {
            while (true)
            {
                gathered.Add(read.Buffer);
                request.BodyReader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                    return new RequestBytes(gathered.Bytes, gathered.Length);
                read = await request.BodyReader.ReadAsync(cancellationToken);
                if (read.IsCanceled)
                    throw new OperationCanceledException(cancellationToken);
            }
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(gathered.Bytes);
            throw;
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
            JsonBody.CheckUtf8(json.Span);
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

    /// <summary>Lets the body be read again, from its begin.</summary>
    public void GiveBack()
    {
        _reader?.AdvanceTo(_start);
        _reader = null;
    }

    public void Dispose()
    {
        _reader?.AdvanceTo(_end);
        if (_rented is not null)
            ArrayPool<byte>.Shared.Return(_rented);
        _rented = null;
        _reader = null;
    }
}
