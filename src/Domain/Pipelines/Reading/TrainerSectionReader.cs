using MlOps.Learning.Trainers;
using YamlDotNet.RepresentationModel;

namespace MlOps.Domain.Pipelines.Reading;

/// <summary>Reads `trainer:` (one) or `trainers:` (candidates). Names and parameters are held to the catalog.</summary>
internal sealed class TrainerSectionReader(TrainerCatalog catalog)
{
    public IReadOnlyList<TrainerSection> Read(YamlMap root)
    {
        if (root.Has("trainer") && root.Has("trainers"))
            root.Wrong("trainer", "give either 'trainer' (one) or 'trainers' (a list)");
        int before = root.Problems.Count;
        IReadOnlyList<YamlMap> maps = root.Map("trainer") is { } one ? [one, .. root.Maps("trainers")] : root.Maps("trainers");
        if (maps.Count == 0 && !(root.Has("trainer") || root.Has("trainers")))
            root.Wrong("trainer", "'trainer' or 'trainers' is missing: what fits the model, for example trainer: { use: gbdt }");
        else if (maps.Count == 0 && root.Problems.Count == before)
            root.Wrong("trainers", "names no trainer; add at least one, for example - use: gbdt");
        if (maps.Count > 16)
            root.Wrong("trainers", $"has {maps.Count} candidates; at most 16 are allowed");
        var trainers = maps.Select(ReadOne).ToList();
        CheckNames(maps, trainers);
        return trainers;
    }

    private TrainerSection ReadOne(YamlMap map)
    {
        string name = map.Required("use", $"one of {string.Join(", ", Names)}");
        ITrainer? trainer = catalog.Trainers.FirstOrDefault(t => t.Name == name);
        if (trainer is null && name.Length > 0)
            map.Unknown(map.Scalar("use")!, map.PathOf("use"), Names, catalog.PackageHint(name));
        var section = new TrainerSection(map.Text("name") ?? name, name, ReadParameters(map.Map("parameters"), trainer));
        map.Done();
        return section;
    }

    private IEnumerable<string> Names => catalog.Trainers.Select(t => t.Name);

    private static SortedDictionary<string, string> ReadParameters(YamlMap? map, ITrainer? trainer)
    {
        var parameters = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (map is null)
            return parameters;
        foreach ((string key, YamlNode node) in map.Entries())
        {
            if (map.AsText(node, map.PathOf(key)) is not { } text)
                continue;
            parameters[key] = text.Value!;
            if (trainer is not null && Problem(trainer, key, text.Value!) is { } problem)
                map.Wrong(key, problem);
        }

        if (trainer is not null && map.Faultless([.. parameters.Keys]))
            CheckTogether(map, trainer, parameters);
        map.Done();
        return parameters;
    }

    private static void CheckTogether(YamlMap map, ITrainer trainer, IReadOnlyDictionary<string, string> parameters)
    {
        foreach (ParameterProblem problem in trainer.Contradictions(TrainerParameters.Parse(trainer, parameters)))
            map.Wrong(problem.Parameter, problem.Message);
    }

    private static string? Problem(ITrainer trainer, string name, string text)
    {
        if (trainer.Parameters.FirstOrDefault(p => p.Name == name) is not { } parameter)
        {
            string[] known = [.. trainer.Parameters.Select(p => p.Name)];
            return $"'{trainer.Name}' has no such parameter{NameSuggestion.Hint(name, known)} (known: {string.Join(", ", known)})";
        }

        return parameter.Problem(text);
    }

    private static void CheckNames(IReadOnlyList<YamlMap> maps, List<TrainerSection> trainers)
    {
        for (int i = 1; i < trainers.Count; i++)
        {
            if (trainers[i].Name.Length > 0 && trainers.FindIndex(t => t.Name == trainers[i].Name) < i)
                maps[i].Wrong("name", $"two trainers are called '{trainers[i].Name}'; give each its own 'name'");
        }
    }
}
