using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace MlOps.Domain.Access;

/// <summary>
/// A token is <c>mlops_&lt;name&gt;_&lt;secret&gt;</c>: the name finds its row, so that a secret is compared with one hash and never
/// looked up; the secret is 256 random bits, so that a plain SHA-256 of it needs no salt or stretching.
/// </summary>
internal static partial class TokenText
{
    private const int SecretBytes = 32;

    public static (string Token, byte[] Hash) New(string name)
    {
        string secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes));
        return ($"mlops_{name}_{secret}", Hash(secret));
    }

    public static bool TryParse(string? token, [NotNullWhen(true)] out string? name, out byte[] hash)
    {
        Match match = Shape().Match(token ?? "");
        name = match.Success ? match.Groups["name"].Value : null;
        hash = Hash(match.Groups["secret"].Value);
        return match.Success;
    }

    /// <exception cref="MlOpsException">Invalid <c>token-name</c>.</exception>
    public static void CheckName(string name)
    {
        if (!Name().IsMatch(name))
            throw MlOpsException.Invalid("token-name", $"'{name}' is no name of a token: 1 to 40 of a-z, 0-9 and '-', beginning with a letter or digit");
    }

    private static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    [GeneratedRegex(@"^mlops_(?<name>[a-z0-9][a-z0-9-]{0,39})_(?<secret>[A-Za-z0-9_-]{43})\z")]
    private static partial Regex Shape();

    [GeneratedRegex(@"^[a-z0-9][a-z0-9-]{0,39}\z")]
    private static partial Regex Name();
}
