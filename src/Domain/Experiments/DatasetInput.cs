using System.Security.Cryptography;
using System.Text;

namespace MlOps.Domain.Experiments;

/// <summary>A data set that a run used, described by whoever logged it; name and digest are its identity within the experiment.</summary>
/// <param name="SourceType">What kind of thing <paramref name="Source"/> is: <c>local</c>, <c>http</c>, <c>code</c>, ...</param>
/// <param name="Source">Where it came from, JSON by habit.</param>
/// <param name="Schema">Its columns, JSON; null when not told.</param>
/// <param name="Profile">Its statistics, JSON; null when not told.</param>
public sealed record DatasetInput(string Name, string Digest, string SourceType, string Source, string? Schema = null, string? Profile = null)
{
    /// <summary>Of the use, not of the data: <c>mlflow.data.context</c> = <c>training</c>.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = RunChanges.NoTexts;
}

/// <summary>A logged model that a run used or made.</summary>
public sealed record ModelLink(string ModelId, long Step = 0);

/// <summary>A run's part of a <see cref="DatasetInput"/>; the description, which may be megabytes, is kept once for all runs.</summary>
internal sealed record StoredInput(string Name, string Digest, IReadOnlyDictionary<string, string> Tags)
{
    public static StoredInput Of(DatasetInput input) => new(input.Name, input.Digest, input.Tags);

    /// <summary>Names the description.</summary>
    public string Key => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Name.Length}:{Name}{Digest}")).AsSpan(0, 16));
}
