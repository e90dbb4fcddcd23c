using System.Collections.ObjectModel;

namespace MlOps.Domain.Registry;

/// <summary>
/// The one row that every change of a model goes through: next number, aliases, stages, tags, event counter. Immutable; a change makes a new one.
/// </summary>
/// <param name="Name">What the model was called when it got its partition: <see cref="ModelNames"/> knows what it is called.</param>
/// <param name="LatestVersion">Highest number ever given.</param>
internal sealed record ModelHeader(
    string Name,
    string? Description,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    int LatestVersion,
    long Revision,
    IReadOnlyDictionary<string, int> Aliases)
{
    /// <summary>The highest number that is there, 0 for none; null: <see cref="LatestVersion"/>, as long as none was deleted.</summary>
    public int? Newest { get; init; }

    public IReadOnlyDictionary<string, string> Tags { get => field ?? ReadOnlyDictionary<string, string>.Empty; init; }

    /// <summary>The versions that are in a stage.</summary>
    public IReadOnlyDictionary<ModelStage, IReadOnlyList<int>> Stages { get => field ?? ReadOnlyDictionary<ModelStage, IReadOnlyList<int>>.Empty; init; }

    public int NewestVersion => Newest ?? LatestVersion;

    public static ModelHeader New(string name, DateTimeOffset now) => new(name, null, now, now, 0, 0, new Dictionary<string, int>());

    public RegisteredModel ToModel() => new(Name, Description, CreatedAt, UpdatedAt, NewestVersion, Aliases) { Tags = Tags };

    /// <summary>A version as it was written, with what the header says of it.</summary>
    public ModelVersion Complete(ModelVersion version) => version with { Model = Name, Aliases = AliasesOf(version.Version), Stage = StageOf(version.Version) };

    public IReadOnlyList<string> AliasesOf(int version)
    {
        var names = new List<string>();
        foreach ((string name, int at) in Aliases)
        {
            if (at == version)
                names.Add(name);
        }

        names.Sort(StringComparer.Ordinal);
        return names;
    }

    public ModelStage StageOf(int version) => Stages.FirstOrDefault(s => s.Value.Contains(version)).Key;

    public IReadOnlyList<int> InStage(ModelStage stage) => Stages.TryGetValue(stage, out IReadOnlyList<int>? versions) ? versions : [];

    public ModelHeader WithStage(int version, ModelStage stage)
    {
        var stages = Stages.ToDictionary(s => s.Key, s => (IReadOnlyList<int>)[.. s.Value.Where(v => v != version)]);
        if (stage != ModelStage.None)
            stages[stage] = [.. stages.GetValueOrDefault(stage, []), version];
        return this with { Stages = stages };
    }

    /// <summary>The header without the version's aliases and stage.</summary>
    /// <param name="newest">The highest version that is left.</param>
    public ModelHeader Without(int version, int newest) => WithStage(version, ModelStage.None) with
    {
        Newest = newest,
        Aliases = new SortedDictionary<string, int>(Aliases.Where(a => a.Value != version).ToDictionary(), StringComparer.Ordinal),
    };

    /// <summary>The header with one alias moved, or null when it is already there.</summary>
    public ModelHeader? Move(AliasChange change)
    {
        int? current = Aliases.TryGetValue(change.Alias, out int version) ? version : null;
        if (current == change.Version)
            return null;
        CheckExpected(change, current);
        var aliases = new SortedDictionary<string, int>(Aliases.ToDictionary(), StringComparer.Ordinal);
        aliases.Remove(change.Alias);
        if (change.Version is { } target)
            aliases[change.Alias] = target;
        if (aliases.Count > RegistryLimits.AliasesPerModel)
            throw MlOpsException.TooLarge("too-many-aliases", $"'{Name}' has {Aliases.Count:N0} aliases, at most {RegistryLimits.AliasesPerModel:N0} are allowed: delete one first");
        return this with { Aliases = aliases };
    }

    private void CheckExpected(AliasChange change, int? current)
    {
        if (change.Expected is not { } expected || expected == (current ?? 0))
            return;
        string now = current is { } c ? $"points to version {c}" : "does not exist";
        string then = expected == 0 ? "not to exist" : $"{expected}";
        throw MlOpsException.Conflict("alias-moved",
            $"alias '{change.Alias}' of '{Name}' {now}, expected {then}: someone promoted meanwhile; read it again and retry");
    }
}
