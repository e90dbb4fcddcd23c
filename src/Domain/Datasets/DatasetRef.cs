using System.Globalization;

namespace MlOps.Domain.Datasets;

/// <summary>Names a version of a data set, or with <see cref="Version"/> null its latest one: <c>telco@3</c>, <c>telco</c>.</summary>
public sealed record DatasetRef(string Name, int? Version = null)
{
    /// <exception cref="MlOpsException">Invalid <c>dataset-ref</c> or <c>dataset-name</c>.</exception>
    public static DatasetRef Parse(string text)
    {
        int at = text.IndexOf('@');
        if (at < 0)
            return new DatasetRef(DatasetName.Check(text));
        if (!int.TryParse(text.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int version) || version < 1)
            throw MlOpsException.Invalid("dataset-ref", $"'{text}' names no data set version; write 'name' for the latest or 'name@3' for version 3");
        return new DatasetRef(DatasetName.Check(text[..at]), version);
    }

    public override string ToString() => Version is { } version ? $"{Name}@{version}" : Name;
}
