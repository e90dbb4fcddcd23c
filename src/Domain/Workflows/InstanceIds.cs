using System.Security.Cryptography;
using System.Text;

namespace MlOps.Domain.Workflows;

/// <summary>For engines: instance ids, and the ids and keys that follow from an instance and its step, the same on every replay.</summary>
public static class InstanceIds
{
    /// <summary>Characters that an instance id may have.</summary>
    public const int MaxLength = 100;

    /// <exception cref="MlOpsException">Invalid <c>instance-id</c>.</exception>
    public static void Check(string instanceId)
    {
        if (instanceId.Length is 0 or > MaxLength || !instanceId.All(IsAllowed))
            throw MlOpsException.Invalid("instance-id", $"workflow instance id '{instanceId}' must be 1 to {MaxLength} characters of A-Z a-z 0-9 - _ . :");
    }

    /// <summary>Step numbers are never used twice within a generation, so neither is a key.</summary>
    public static string StepKey(string instanceId, int generation, int step) => $"{instanceId}:{generation}:{step}";

    /// <summary>The id of a sub-workflow whose caller gave none.</summary>
    public static string Child(string instanceId, int generation, int step)
    {
        string id = generation == 0 ? $"{instanceId}:{step}" : $"{instanceId}:{generation}.{step}";
        return Limit(id);
    }

    /// <summary>The id itself, or its beginning and a part of its hash where it is too long.</summary>
    public static string Limit(string id) => id.Length <= MaxLength ? id : $"{id[..60]}:{Convert.ToHexStringLower(Hash(id)[..16])}";

    /// <summary>A GUID of version 8 (RFC 9562: the content is ours) from a name.</summary>
    public static Guid Guid(string name)
    {
        Span<byte> bytes = Hash(name).AsSpan(0, 16);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x80);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

    private static bool IsAllowed(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or ':';
}
