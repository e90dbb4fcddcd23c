using System.Text.Json;

namespace MlOps.Api.Protocols.OpenInference;

/// <summary>Elements of tensors as JSON; null where the value is of another type.</summary>
internal static class TensorJson
{
    public static object? Flag(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number when element.TryGetInt32(out int n) && n is 0 or 1 => n == 1,
        _ => null,
    };

    /// <summary>An integer with all its digits, since it may be an id; a whole number written with a point or exponent as a double.</summary>
    public static object? Whole(JsonElement element, decimal min, decimal max)
    {
        if (element.ValueKind != JsonValueKind.Number || !element.TryGetDecimal(out decimal number) || number < min || number > max || number != Math.Floor(number))
            return null;
        if (element.TryGetInt64(out long integer))
            return integer;
        return element.TryGetUInt64(out ulong large) ? large : (double)number;
    }

    /// <param name="max">The largest number of the type; one beyond it is no value of it, but Infinity is.</param>
    public static object? Real(JsonElement element, double max) => element.ValueKind switch
    {
        JsonValueKind.Number => Math.Abs(element.GetDouble()) <= max ? element.GetDouble() : null,
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

    public static object? Text(JsonElement element) => element.ValueKind == JsonValueKind.String ? element.GetString() : null;
}
