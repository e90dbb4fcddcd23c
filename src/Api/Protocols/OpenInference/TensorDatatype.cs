using System.Text.Json;
using MlOps.Learning.Tables;

namespace MlOps.Api.Protocols.OpenInference;

/// <summary>A datatype of the protocol and the JSON values that it takes. null is a missing value in all of them.</summary>
internal sealed class TensorDatatype
{
    private static readonly TensorDatatype[] All =
    [
        new("BOOL", Flag),
        .. new[] { "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64" }.Select(name => new TensorDatatype(name, Whole)),
        .. new[] { "FP16", "BF16", "FP32", "FP64" }.Select(name => new TensorDatatype(name, Real)),
        new("BYTES", Text),
    ];

    private readonly Func<JsonElement, object?> _read;

    private TensorDatatype(string name, Func<JsonElement, object?> read)
    {
        Name = name;
        _read = read;
    }

    public string Name { get; }

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

    private static object? Flag(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number when element.TryGetInt32(out int n) && n is 0 or 1 => n == 1,
        _ => null,
    };

    /// <summary>An integer with all its digits, since it may be an id; a whole number written with a point or exponent as a double.</summary>
    private static object? Whole(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Number)
            return null;
        if (element.TryGetInt64(out long integer))
            return integer;
        if (element.TryGetUInt64(out ulong large))
            return large;
        double number = element.GetDouble();
        return Math.Floor(number).Equals(number) ? number : null;
    }

    private static object? Real(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Number => element.GetDouble(),
        // Written for the bare tokens that Python's json writes.
        JsonValueKind.String => element.GetString() switch
        {
            "NaN" => double.NaN,
            "Infinity" => double.PositiveInfinity,
            "-Infinity" => double.NegativeInfinity,
            _ => null,
        },
        _ => null,
    };

    private static object? Text(JsonElement element) => element.ValueKind == JsonValueKind.String ? element.GetString() : null;
}
