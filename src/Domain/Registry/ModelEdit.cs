namespace MlOps.Domain.Registry;

/// <summary>One change of a model on its way: what its header shall be, the events that say so, and the versions that go with it in one batch.</summary>
internal sealed class ModelEdit(ModelHeader header, DateTimeOffset now, string by)
{
    private readonly List<ModelEvent> _events = [];
    private readonly List<ModelVersion> _changed = [];

    /// <summary>A batch has the header, the event, and room for so many more rows.</summary>
    public const int MaxChanged = 90;

    public ModelHeader Header { get; set; } = header;

    public DateTimeOffset Now => now;

    public string By => by;

    public IReadOnlyList<ModelEvent> Events => _events;

    public ModelVersion? Added { get; private set; }

    public IReadOnlyList<ModelVersion> Changed => _changed;

    public ModelVersion? Removed { get; private set; }

    /// <summary>The next version, or a number of the caller's above all given so far.</summary>
    public ModelVersion Add(int? number, Func<int, ModelVersion> version)
    {
        if (number <= Header.LatestVersion)
            throw MlOpsException.Conflict("version-taken", $"'{Header.Name}' has given the numbers up to {Header.LatestVersion}, so that {number} cannot be given");
        int next = number ?? Header.LatestVersion + 1;
        Header = Header with { LatestVersion = next, Newest = next };
        Log(ModelEventKind.Registered, next);
        return Added = version(next);
    }

    public void Change(ModelVersion version) => _changed.Add(version);

    /// <param name="newest">The highest version that is left.</param>
    public void Remove(ModelVersion version, int newest)
    {
        IReadOnlyList<string> aliases = Header.AliasesOf(version.Version);
        Header = Header.Without(version.Version, newest);
        Log(ModelEventKind.VersionDeleted, version.Version);
        _events[^1] = _events[^1] with { Aliases = aliases.Count == 0 ? null : aliases };
        Removed = version;
    }

    /// <param name="kind">What to call it; null: set or deleted.</param>
    public void Move(AliasChange change, ModelEventKind? kind = null)
    {
        if (Header.Move(change) is not { } moved)
            return;
        int? previous = Header.Aliases.TryGetValue(change.Alias, out int old) ? old : null;
        Header = moved;
        Log(kind ?? (change.Version is null ? ModelEventKind.AliasDeleted : ModelEventKind.AliasSet), change.Version, change.Alias, previous);
    }

    public void Log(ModelEventKind kind, int? version = null, string? alias = null, int? previous = null, string? subject = null)
    {
        Header = Header with { Revision = Header.Revision + 1, UpdatedAt = now };
        _events.Add(new ModelEvent(Header.Revision, now, by, kind, version, alias, previous) { Subject = subject });
    }
}
