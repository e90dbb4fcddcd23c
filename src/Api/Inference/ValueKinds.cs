using System.Buffers.Text;
using System.Text.Json;

namespace MlOps.Api.Inference;

/// <summary>JSON values that a declared datatype takes without a second look; null always.</summary>
/// <param name="Min">For whole numbers: the least.</param>
internal sealed record ValueKinds(bool Numbers = false, bool Texts = false, bool Flags = false, bool Whole = false, long Min = 0, long Max = 0)
{
    public bool Accept(ref Utf8JsonReader json) => json.TokenType switch
    {
        JsonTokenType.Null => true,
        JsonTokenType.Number => Numbers && (!Whole || IsInRange(json.ValueSpan)),
        JsonTokenType.String => Texts,
        JsonTokenType.True or JsonTokenType.False => Flags,
        _ => false,
    };

    /// <summary>Whether it is the text that stands for a number that is missing.</summary>
    public bool IsNaN(ref Utf8JsonReader json) => Numbers && !Whole && json.TokenType == JsonTokenType.String && json.ValueTextEquals("NaN"u8);

    private bool IsInRange(ReadOnlySpan<byte> number) =>
        Utf8Parser.TryParse(number, out long value, out int read) && read == number.Length && value >= Min && value <= Max;
}
