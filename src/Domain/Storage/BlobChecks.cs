using System.Text;
using System.Text.RegularExpressions;

namespace MlOps.Domain.Storage;

/// <summary>The checks that every adapter of <see cref="IBlobStore"/> makes before it touches its store, so that all refuse alike.</summary>
public static partial class BlobChecks
{
    /// <summary>Bytes of a whole path in UTF-8.</summary>
    public const int PathBytes = 1_024;

    /// <summary>Characters of all names and values of a blob's metadata.</summary>
    public const int MetadataChars = 8 << 10;

    /// <exception cref="MlOpsException">Invalid <c>blob-path</c>.</exception>
    public static void Container(string container)
    {
        if (!ContainerName().IsMatch(container))
            throw Invalid($"'{container}' is no container name: 3 to 63 of a-z, 0-9 and single '-' between them");
    }

    /// <exception cref="MlOpsException">Invalid <c>blob-path</c>.</exception>
    public static void Path(string path)
    {
        if (Reason(path) is string reason)
            throw Invalid($"'{path}' is no blob path: {reason}");
    }

    /// <summary>A prefix is the beginning of a path: it may be empty and may end in the middle of a segment.</summary>
    /// <exception cref="MlOpsException">Invalid <c>blob-path</c>.</exception>
    public static void Prefix(string prefix)
    {
        string whole = prefix.Length == 0 || prefix.EndsWith('/') || prefix.EndsWith('.') ? prefix + "x" : prefix;
        if (Reason(whole) is string reason)
            throw Invalid($"'{prefix}' is no beginning of a blob path: {reason}");
    }

    /// <exception cref="MlOpsException">Invalid <c>blob-metadata</c>.</exception>
    public static void Metadata(IReadOnlyDictionary<string, string>? metadata)
    {
        if (metadata is null)
            return;
        foreach ((string name, string value) in metadata)
        {
            if (!MetadataName().IsMatch(name))
                throw MlOpsException.Invalid("blob-metadata", $"'{name}' is no metadata name: a-z, then a-z, 0-9 or '_'");
            if (value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
                throw MlOpsException.Invalid("blob-metadata", $"the metadata '{name}' holds other than printable ASCII; encode it");
        }

        int chars = metadata.Sum(pair => pair.Key.Length + pair.Value.Length);
        if (chars > MetadataChars)
            throw MlOpsException.Invalid("blob-metadata", $"metadata of {chars:N0} characters: at most {MetadataChars:N0}");
    }

    private static string? Reason(string path)
    {
        if (EntityChecks.Unpaired(path) is >= 0 and int at)
            return $"an unpaired surrogate at {at}";
        if (Encoding.UTF8.GetByteCount(path) is > PathBytes and int bytes)
            return $"{bytes:N0} bytes, at most {PathBytes:N0}";
        foreach (string segment in path.Split('/'))
        {
            if (segment is "" or "." or "..")
                return $"the segment '{segment}' is not allowed";
            if (segment.Contains('\\') || segment.Any(char.IsControl))
                return $"the segment '{segment}' holds a backslash or a control character";
        }

        return null;
    }

    private static MlOpsException Invalid(string message) => MlOpsException.Invalid("blob-path", message);

    [GeneratedRegex(@"^(?=.{3,63}\z)[a-z0-9]+(-[a-z0-9]+)*\z")]
    private static partial Regex ContainerName();

    [GeneratedRegex(@"^[a-z][a-z0-9_]*\z")]
    private static partial Regex MetadataName();
}
