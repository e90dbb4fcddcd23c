using System.Text.Json;
using MlOps.Api.Inference;
using MlOps.Learning.Tables;

namespace MlOps.Api.Protocols.OpenInference;

/// <summary>A datatype of the protocol: the JSON values that it takes, and its bytes. null is a missing value in all of them.</summary>
internal sealed class TensorDatatype
{
    private static readonly TensorDatatype[] All =
    [
        new("BOOL", 1, new ValueKinds(Flags: true), TensorJson.Flag, TensorBytes.Flag),
        Whole("UINT8", 1, 0, byte.MaxValue, bytes => bytes[0]),
        Whole("UINT16", 2, 0, ushort.MaxValue, bytes => BitConverter.ToUInt16(bytes)),
        Whole("UINT32", 4, 0, uint.MaxValue, bytes => BitConverter.ToUInt32(bytes)),
        Whole("UINT64", 8, 0, ulong.MaxValue, bytes => BitConverter.ToUInt64(bytes)),
        Whole("INT8", 1, sbyte.MinValue, sbyte.MaxValue, bytes => (sbyte)bytes[0]),
        Whole("INT16", 2, short.MinValue, short.MaxValue, bytes => BitConverter.ToInt16(bytes)),
        Whole("INT32", 4, int.MinValue, int.MaxValue, bytes => BitConverter.ToInt32(bytes)),
        Whole("INT64", 8, long.MinValue, long.MaxValue, bytes => BitConverter.ToInt64(bytes)),
        new("FP16", 2, new ValueKinds(), json => TensorJson.Real(json, (double)Half.MaxValue), bytes => (double)BitConverter.ToHalf(bytes)),
        new("BF16", 2, new ValueKinds(), json => TensorJson.Real(json, TensorBytes.MaxBrainFloat), TensorBytes.BrainFloat),
        new("FP32", 4, new ValueKinds(Numbers: true), json => TensorJson.Real(json, double.MaxValue), bytes => (double)BitConverter.ToSingle(bytes)),
        new("FP64", 8, new ValueKinds(Numbers: true), json => TensorJson.Real(json, double.MaxValue), bytes => BitConverter.ToDouble(bytes)),
        new("BYTES", 0, new ValueKinds(Texts: true), TensorJson.Text, TensorBytes.Text),
    ];

    private readonly Func<JsonElement, object?> _read;
    private readonly TensorBytes.Reader _readBytes;

    private TensorDatatype(string name, int size, ValueKinds kinds, Func<JsonElement, object?> read, TensorBytes.Reader readBytes)
    {
        Name = name;
        Size = size;
        Kinds = kinds;
        _read = read;
        _readBytes = readBytes;
    }

    public string Name { get; }

    /// <summary>Bytes of an element; 0 when each tells its own.</summary>
    public int Size { get; }

    /// <summary>JSON values that are of the datatype at first sight.</summary>
    public ValueKinds Kinds { get; }

    /// <exception cref="MlOpsException">Invalid <c>tensor-invalid</c>, with the names there are.</exception>
    public static TensorDatatype Get(string name, string tensor) => Array.Find(All, d => d.Name == name)
        ?? throw MlOpsException.Invalid("tensor-invalid", $"tensor '{tensor}' has the datatype '{name}', expected one of {string.Join(", ", All.Select(d => d.Name))}");

    /// <summary>The datatype that a column is described with.</summary>
    public static string Of(ColumnType type) => type switch
    {
        ColumnType.Number => "FP64",
        ColumnType.Boolean => "BOOL",
        _ => "BYTES",
    };

    /// <summary>False when the value is not of the datatype.</summary>
    public bool TryRead(JsonElement element, out object? value)
    {
        value = element.ValueKind == JsonValueKind.Null ? null : _read(element);
        return value is not null || element.ValueKind == JsonValueKind.Null;
    }

    /// <summary>False when the bytes are no value of the datatype.</summary>
    public bool TryRead(ReadOnlySpan<byte> element, out object? value) => (value = _readBytes(element)) is not null;

    private static TensorDatatype Whole(string name, int size, decimal min, decimal max, TensorBytes.Reader read) =>
        new(name, size, new ValueKinds(Numbers: true, Whole: true, Min: (long)Math.Max(min, long.MinValue), Max: (long)Math.Min(max, long.MaxValue)), json => TensorJson.Whole(json, min, max), read);
}
