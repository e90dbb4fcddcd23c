using System.Text.Json.Nodes;
using MlOps.Domain.Experiments.Traces;
using MlOps.Learning;

namespace MlOps.Api.Protocols.Mlflow.Otlp;

/// <summary>Reads <c>ExportTraceServiceRequest</c> (opentelemetry-proto, <c>collector/trace/v1</c>) as protocol buffers. Links and states of spans are passed over.</summary>
internal sealed class OtlpProtobuf
{
    private readonly OtlpParts _parts = new();

    /// <exception cref="MlOpsException">Invalid <c>otlp-invalid</c>; TooLarge <c>otlp-too-large</c>.</exception>
    public static List<ReceivedSpan> Read(ReadOnlySpan<byte> body)
    {
        try
        {
            var spans = new List<ReceivedSpan>();
            new OtlpProtobuf().ReadRequest(body, spans);
            return spans;
        }
        catch (InvalidDataException e)
        {
            throw OtlpErrors.Damaged(e.Message);
        }
    }

    private void ReadRequest(ReadOnlySpan<byte> bytes, List<ReceivedSpan> spans)
    {
        var request = new ProtoReader(bytes);
        while (request.Next())
        {
            if (request.Field == 1)
                ReadResource(request.Bytes(), spans);
            else
                request.Skip();
        }
    }

    private void ReadResource(ReadOnlySpan<byte> bytes, List<ReceivedSpan> spans)
    {
        var resource = new ProtoReader(bytes);
        while (resource.Next())
        {
            if (resource.Field == 2)
                ReadScope(resource.Bytes(), spans);
            else
                resource.Skip();
        }
    }

    private void ReadScope(ReadOnlySpan<byte> bytes, List<ReceivedSpan> spans)
    {
        var scope = new ProtoReader(bytes);
        while (scope.Next())
        {
            if (scope.Field == 2)
                spans.Add(ReadSpan(scope.Bytes()));
            else
                scope.Skip();
        }
    }

    private ReceivedSpan ReadSpan(ReadOnlySpan<byte> bytes)
    {
        _parts.Add();
        var read = new ReceivedSpan();
        var span = new ProtoReader(bytes);
        while (span.Next())
        {
            switch (span.Field)
            {
                case 1:
                    read.TraceId = Convert.ToHexStringLower(span.Bytes());
                    break;
                case 2:
                    read.Id = Convert.ToHexStringLower(span.Bytes());
                    break;
                case 4:
                    read.ParentId = Convert.ToHexStringLower(span.Bytes());
                    break;
                case 5:
                    read.Name = span.Text();
                    break;
                case 7:
                    read.Start = span.Fixed64();
                    break;
                case 8:
                    read.End = span.Fixed64();
                    break;
                case 9:
                    (string key, JsonNode? value) = ReadPair(span.Bytes(), 0);
                    read.Add(key, value);
                    break;
                case 11:
                    ReadEvent(span.Bytes(), read);
                    break;
                case 15:
                    ReadStatus(span.Bytes(), read);
                    break;
                default:
                    span.Skip();
                    break;
            }
        }

        return read;
    }

    private void ReadEvent(ReadOnlySpan<byte> bytes, ReceivedSpan read)
    {
        _parts.Add();
        (string name, ulong at, var attributes) = ("", 0UL, new List<KeyValuePair<string, JsonNode?>>());
        var happened = new ProtoReader(bytes);
        while (happened.Next())
        {
            switch (happened.Field)
            {
                case 1:
                    at = happened.Fixed64();
                    break;
                case 2:
                    name = happened.Text();
                    break;
                case 3:
                    attributes.Add(ReadPair(happened.Bytes(), 0));
                    break;
                default:
                    happened.Skip();
                    break;
            }
        }

        read.AddEvent(name, at, attributes);
    }

    private static void ReadStatus(ReadOnlySpan<byte> bytes, ReceivedSpan read)
    {
        var status = new ProtoReader(bytes);
        while (status.Next())
        {
            if (status.Field == 2)
                read.Message = status.Text();
            else if (status.Field == 3)
                read.Status = status.Whole() switch { 1 => SpanStatus.Ok, 2 => SpanStatus.Error, _ => SpanStatus.Unset };
            else
                status.Skip();
        }
    }

    private KeyValuePair<string, JsonNode?> ReadPair(ReadOnlySpan<byte> bytes, int depth)
    {
        _parts.Add();
        (string key, JsonNode? value) = ("", null);
        var pair = new ProtoReader(bytes);
        while (pair.Next())
        {
            if (pair.Field == 1)
                key = pair.Text();
            else if (pair.Field == 2)
                value = ReadValue(pair.Bytes(), depth);
            else
                pair.Skip();
        }

        return KeyValuePair.Create(key, value);
    }

    private JsonNode? ReadValue(ReadOnlySpan<byte> bytes, int depth)
    {
        _parts.Add();
        if (depth > OtlpErrors.MaxDepth)
            throw OtlpErrors.TooDeep();
        JsonNode? read = null;
        var value = new ProtoReader(bytes);
        while (value.Next())
        {
            switch (value.Field)
            {
                case 1:
                    read = value.Text();
                    break;
                case 2:
                    read = value.Whole() != 0;
                    break;
                case 3:
                    read = value.Whole();
                    break;
                case 4:
                    read = OtlpJson.Number(value.Real());
                    break;
                case 5:
                    read = ReadList(value.Bytes(), depth);
                    break;
                case 6:
                    read = ReadObject(value.Bytes(), depth);
                    break;
                case 7:
                    read = Convert.ToBase64String(value.Bytes());
                    break;
                default:
                    value.Skip();
                    break;
            }
        }

        return read;
    }

    private JsonArray ReadList(ReadOnlySpan<byte> bytes, int depth)
    {
        var items = new JsonArray();
        var list = new ProtoReader(bytes);
        while (list.Next())
        {
            if (list.Field == 1)
                items.Add(ReadValue(list.Bytes(), depth + 1));
            else
                list.Skip();
        }

        return items;
    }

    private JsonObject ReadObject(ReadOnlySpan<byte> bytes, int depth)
    {
        var fields = new JsonObject();
        var pairs = new ProtoReader(bytes);
        while (pairs.Next())
        {
            if (pairs.Field != 1)
            {
                pairs.Skip();
                continue;
            }

            (string key, JsonNode? value) = ReadPair(pairs.Bytes(), depth + 1);
            fields[key] = value;
        }

        return fields;
    }
}
