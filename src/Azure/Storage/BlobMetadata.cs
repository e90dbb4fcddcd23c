using System.Text;
using MlOps.Domain.Storage;

namespace MlOps.Azure.Storage;

/// <summary>
/// Metadata as headers: a value that is empty or has spaces at its ends would not come back, so those and <c>%</c> are escaped. A mark
/// says which write the blob came from, where the limit leaves room for it.
/// </summary>
internal static class BlobMetadata
{
    private const string Mark = "mlops_write";

    public static Dictionary<string, string> Of(IReadOnlyDictionary<string, string>? metadata, string mark)
    {
        Dictionary<string, string> headers = (metadata ?? new Dictionary<string, string>()).ToDictionary(pair => pair.Key, pair => Escape(pair.Value));
        if (headers.ContainsKey(Mark))
            throw new ArgumentException($"'{Mark}' is metadata of the store");
        if (headers.Sum(pair => pair.Key.Length + pair.Value.Length) + Mark.Length + mark.Length <= BlobChecks.MetadataChars)
            headers[Mark] = mark;
        return headers;
    }

    public static Dictionary<string, string> Read(IDictionary<string, string> headers) =>
        headers.Where(pair => pair.Key != Mark).ToDictionary(pair => pair.Key, pair => Uri.UnescapeDataString(pair.Value == "%" ? "" : pair.Value));

    public static bool Has(IDictionary<string, string> headers, string mark) => headers.TryGetValue(Mark, out string? found) && found == mark;

    private static string Escape(string value)
    {
        if (value.Length == 0)
            return "%";
        var escaped = new StringBuilder(value).Replace("%", "%25");
        if (escaped[^1] == ' ')
            escaped.Remove(escaped.Length - 1, 1).Append("%20");
        if (escaped[0] == ' ')
            escaped.Remove(0, 1).Insert(0, "%20");
        return escaped.ToString();
    }
}
