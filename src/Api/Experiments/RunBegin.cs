namespace MlOps.Api.Experiments;

/// <summary>Body of <c>PUT /runs/{id}</c>: begins a run under an id of the caller's; one of that id in the experiment stays as it is.</summary>
/// <param name="Experiment">Its name; it is created when there is none.</param>
/// <param name="Name">For people.</param>
/// <param name="User">Who started it; shown, not checked.</param>
/// <param name="StartedAt">Default: now.</param>
/// <param name="Tags">Default: none.</param>
public sealed record RunBegin(string Experiment, string Name, string? User = null, DateTimeOffset? StartedAt = null, IReadOnlyDictionary<string, string>? Tags = null);
