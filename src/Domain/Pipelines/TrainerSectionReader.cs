using YamlDotNet.RepresentationModel;

namespace MlOps.Domain.Pipelines;

/// <summary>Reads `trainer:` (one) or `trainers:` (candidates). Names and parameters of trainers are checked against the catalog at registration.</summary>
internal static class TrainerSectionReader
{
    public static IReadOnlyList<TrainerSection> Read(YamlMap root)
    {
        if (root.Has("trainer") && root.Has("trainers"))
            root.Wrong("trainer", "give either 'trainer' (one) or 'trainers' (a list)");
        IReadOnlyList<YamlMap> maps = root.Map("trainer") is { } one ? [one, .. root.Maps("trainers")] : root.Maps("trainers");
        if (maps.Count == 0 && !(root.Has("trainer") || root.Has("trainers")))
            root.Wrong("trainer", "'trainer' or 'trainers' is missing: what fits the model, for example trainer: { use: gbdt }");
        else if (maps.Count == 0)
            root.Wrong("trainers", "names no trainer; add at least one, for example - use: gbdt");
        if (maps.Count > 16)
            root.Wrong("trainers", $"has {maps.Count} candidates; at most 16 are allowed");
        var trainers = maps.Select(ReadOne).ToList();
        CheckNames(maps, trainers);
        return trainers;
    }

    private static TrainerSection ReadOne(YamlMap map)
    {
        string trainer = map.Required("use", "the trainer, for example gbdt or linear");
        var section = new TrainerSection(map.Text("name") ?? trainer, trainer, ReadParameters(map.Map("parameters")));
        map.Done();
        return section;
    }

    private static SortedDictionary<string, string> ReadParameters(YamlMap? map)
    {
        var parameters = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (map is null)
            return parameters;
        foreach ((string key, YamlNode node) in map.Entries())
        {
            if (map.AsText(node, map.PathOf(key)) is { } text)
                parameters[key] = text.Value!;
        }

        map.Done();
        return parameters;
    }

    private static void CheckNames(IReadOnlyList<YamlMap> maps, List<TrainerSection> trainers)
    {
        for (int i = 1; i < trainers.Count; i++)
        {
            if (trainers.FindIndex(t => t.Name == trainers[i].Name) < i)
                maps[i].Wrong("name", $"two trainers are called '{trainers[i].Name}'; give each its own 'name'");
        }
    }
}
