using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using MlOps.Domain;
using MlOps.Domain.Datasets;
using MlOps.Domain.Registry;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Api.OpenApi;

/// <summary>Values that the features of a version had in the data it was trained on; of a version whose data is gone, such as its signature tells.</summary>
internal sealed class ModelExamples(Platform platform)
{
    private const int MaxKept = 1_000;
    private const int MaxLevels = 5;

    /// <summary>Quantiles that stand for a number, the median first.</summary>
    private static readonly int[] Deciles = [5, 1, 9];

    private readonly ConcurrentDictionary<(string, int), IReadOnlyDictionary<string, JsonArray>> _known = [];

    /// <summary>Values by feature, the commonest first; never none.</summary>
    public async Task<IReadOnlyDictionary<string, JsonArray>> OfAsync(ModelVersion version, CancellationToken cancellationToken)
    {
        if (_known.TryGetValue((version.Model, version.Version), out IReadOnlyDictionary<string, JsonArray>? known))
            return known;
        TableProfile? profile = await ProfileAsync(version, cancellationToken);
        if (_known.Count >= MaxKept)
            _known.Clear();
        return _known[(version.Model, version.Version)] = version.Signature.Inputs.ToDictionary(f => f.Name, f => Values(f, profile?.Columns.FirstOrDefault(c => c.Name == f.Name)));
    }

    private async Task<TableProfile?> ProfileAsync(ModelVersion version, CancellationToken cancellationToken)
    {
        if (version.Lineage.Dataset is not { } dataset)
            return null;
        try
        {
            return await platform.Datasets.ProfileAsync(await platform.Datasets.GetAsync(DatasetRef.Parse(dataset), cancellationToken), cancellationToken);
        }
        catch (MlOpsException)
        {
            return null;
        }
    }

    private static JsonArray Values(FeatureSignature feature, ColumnProfile? column) => feature.Type switch
    {
        ColumnType.Number => column?.Numbers is { } n && n.Deciles.All(double.IsFinite) ? [.. Deciles.Select(d => n.Deciles[d]).Distinct().Select(v => (JsonNode)v)] : [0],
        ColumnType.Boolean => [column is not { TopLevels: [{ Level: "false" }, ..] }],
        ColumnType.Timestamp => [(column?.Times?.Latest ?? DateTimeOffset.UnixEpoch).ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture)],
        _ => Texts(feature, column),
    };

    private static JsonArray Texts(FeatureSignature feature, ColumnProfile? column)
    {
        IEnumerable<string> levels = (column?.TopLevels.Select(l => l.Level) ?? []).Concat(feature.Levels ?? []).Distinct().Take(MaxLevels);
        return levels.Any() ? [.. levels.Select(l => (JsonNode)l)] : ["text"];
    }
}
