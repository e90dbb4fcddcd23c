namespace MlOps.Domain.Registry;

/// <summary>
/// The one row that every change of a model goes through: next number, aliases, event counter. Immutable; a change makes a new one.
/// </summary>
internal sealed record ModelHeader(
    string Name,
    string? Description,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    int LatestVersion,
    long Revision,
    IReadOnlyDictionary<string, int> Aliases)
{
    public static ModelHeader New(string name, DateTimeOffset now) => new(name, null, now, now, 0, 0, new Dictionary<string, int>());

    public RegisteredModel ToModel() => new(Name, Description, CreatedAt, UpdatedAt, LatestVersion, Aliases);

    public IReadOnlyList<string> AliasesOf(int version) =>
        [.. Aliases.Where(a => a.Value == version).Select(a => a.Key).Order(StringComparer.Ordinal)];

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
