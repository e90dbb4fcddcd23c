using System.Security.Cryptography;
using System.Text;

namespace MlOps.Domain.Workflows;

/// <summary>Makes a name of any script a part of a workflow instance id.</summary>
public static class InstanceName
{
    private const int MaxLength = 48;

    /// <summary>The name itself where it is at most 48 of the allowed characters, else what is allowed of it and a part of its hash.</summary>
    public static string Part(string name)
    {
        if (name.Length is > 0 and <= MaxLength && name.All(IsPlain))
            return name;
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..16];
        return $"{string.Concat(name.Where(IsPlain).Take(MaxLength - 17))}-{hash}";
    }

    /// <summary>A time to the millisecond: <c>20260131T120000.000</c>.</summary>
    public static string Part(DateTimeOffset time) => time.UtcDateTime.ToString("yyyyMMdd'T'HHmmss.fff", System.Globalization.CultureInfo.InvariantCulture);

    private static bool IsPlain(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.';
}
