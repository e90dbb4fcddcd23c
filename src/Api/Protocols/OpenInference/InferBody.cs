using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace MlOps.Api.Protocols.OpenInference;

/// <summary>A body of the binary extension: JSON, then the bytes of tensors; without the header all of it is JSON.</summary>
/// <param name="IsRaw">The header is 0: the body is nothing but the bytes of a model's only input.</param>
internal readonly record struct InferBody(ReadOnlyMemory<byte> Json, ReadOnlyMemory<byte> Binary, bool IsRaw)
{
    public const string LengthHeader = "Inference-Header-Content-Length";

    /// <exception cref="MlOpsException">Invalid <c>binary-header</c>.</exception>
    public static InferBody Of(HttpRequest request, ReadOnlyMemory<byte> body)
    {
        string header = request.Headers[LengthHeader].ToString();
        if (header.Length == 0)
            return new(body, default, false);
        if (!int.TryParse(header, NumberStyles.None, CultureInfo.InvariantCulture, out int length) || length > body.Length)
            throw MlOpsException.Invalid("binary-header", $"the header {LengthHeader} is '{header}', expected the length of the JSON, at most the {body.Length} bytes of the body");
        return new(body[..length], body[length..], length == 0);
    }
}
