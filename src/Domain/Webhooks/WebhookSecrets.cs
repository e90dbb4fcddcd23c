using System.Security.Cryptography;
using System.Text;

namespace MlOps.Domain.Webhooks;

/// <summary>
/// How secrets are kept: sealed with AES-256-GCM under a key of the host's setting, bound to their webhook; or, where the host has no such
/// setting, as they are. They must be readable to sign, so a hash will not do.
/// </summary>
/// <param name="setting">What the host's settings hold under a name, or null.</param>
internal sealed class WebhookSecrets(Func<string, string?> setting)
{
    public const string KeySetting = "MLOPS_WEBHOOK_KEY";

    /// <summary>Shorter ones are guessed.</summary>
    private const int KeyChars = 16;

    /// <summary>What a setting of Azure holds while its vault does not give the secret: everybody could guess that.</summary>
    private const string Unresolved = "@Microsoft.KeyVault(";

    private const byte Open = 0;
    private const byte Sealed = 1;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int HeaderBytes = 1 + NonceBytes + TagBytes;

    /// <exception cref="MlOpsException">Invalid <c>webhook-key</c>: the setting is no key.</exception>
    public byte[] Seal(string webhook, string secret)
    {
        byte[] plain = Encoding.UTF8.GetBytes(secret);
        if (Key() is not { } key)
            return [Open, .. plain];
        byte[] sealedBytes = new byte[HeaderBytes + plain.Length];
        sealedBytes[0] = Sealed;
        Span<byte> nonce = sealedBytes.AsSpan(1, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(key, TagBytes);
        aes.Encrypt(nonce, plain, sealedBytes.AsSpan(HeaderBytes), sealedBytes.AsSpan(1 + NonceBytes, TagBytes), Encoding.UTF8.GetBytes(webhook));
        return sealedBytes;
    }

    /// <exception cref="MlOpsException">Invalid <c>webhook-key</c>: the setting is gone, another one, or no key.</exception>
    public string Unseal(string webhook, byte[] kept)
    {
        if (kept[0] == Open)
            return Encoding.UTF8.GetString(kept.AsSpan(1));
        byte[] plain = new byte[kept.Length - HeaderBytes];
        try
        {
            using var aes = new AesGcm(Key() ?? throw Lost(), TagBytes);
            aes.Decrypt(kept.AsSpan(1, NonceBytes), kept.AsSpan(HeaderBytes), kept.AsSpan(1 + NonceBytes, TagBytes), plain, Encoding.UTF8.GetBytes(webhook));
        }
        catch (AuthenticationTagMismatchException)
        {
            throw Lost();
        }

        return Encoding.UTF8.GetString(plain);
    }

    private byte[]? Key()
    {
        if (setting(KeySetting) is not { Length: > 0 } text)
            return null;
        if (text.StartsWith(Unresolved, StringComparison.OrdinalIgnoreCase))
            throw MlOpsException.Invalid("webhook-key", $"{KeySetting} of this server holds a reference to a key vault in place of its secret: see that the vault has that secret and that the server may read it");
        if (text.Length < KeyChars)
            throw MlOpsException.Invalid("webhook-key", $"{KeySetting} of this server has {text.Length} characters, at least {KeyChars} are needed: make one with 'head -c 32 /dev/urandom | base64'");
        return HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(text), 32, info: "mlops webhooks 1"u8.ToArray());
    }

    private static MlOpsException Lost() =>
        MlOpsException.Invalid("webhook-key", $"the secret of this webhook was sealed under another {KeySetting} than this server has: bring that setting back, or give the webhook its secret again");
}
