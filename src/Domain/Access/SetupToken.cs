using System.Security.Cryptography;

namespace MlOps.Domain.Access;

/// <summary>
/// The token with which the first person comes in where nobody is at the machine itself. Its owner makes it (<see cref="Create"/>),
/// <c>mlops_setup_&lt;secret&gt;</c> with a secret of 43 characters of <c>A-Za-z0-9_-</c> (32 random bytes in base64url); the host's
/// settings hold the SHA-256 of the secret alone. It is an admin's, until the setting goes.
/// </summary>
public sealed class SetupToken
{
    public const string Name = "setup";

    private readonly byte[] _hash;

    private SetupToken(byte[] hash) => _hash = hash;

    /// <summary>A new one: the token for its owner, the hash for the host's settings.</summary>
    public static (string Token, string Hash) Create()
    {
        (string token, byte[] hash) = TokenText.New(Name);
        return (token, Convert.ToHexStringLower(hash));
    }

    /// <param name="hash">SHA-256 of the secret as 64 hexadecimal digits; null or empty for no such token.</param>
    /// <exception cref="MlOpsException">Invalid <c>setup-token</c>.</exception>
    public static SetupToken? Read(string? hash)
    {
        if (string.IsNullOrEmpty(hash))
            return null;
        // The value is not quoted: somebody may have put the token itself there.
        return hash.Length == 64 && hash.All(char.IsAsciiHexDigit)
            ? new SetupToken(Convert.FromHexString(hash))
            : throw MlOpsException.Invalid("setup-token", $"the setup token's hash has {hash.Length} characters, expected 64 hexadecimal digits: the SHA-256 of what follows 'mlops_setup_'");
    }

    internal bool Is(byte[] hash) => CryptographicOperations.FixedTimeEquals(hash, _hash);
}
