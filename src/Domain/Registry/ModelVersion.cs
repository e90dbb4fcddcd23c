using System.Collections.ObjectModel;
using System.Text.Json.Serialization;
using MlOps.Domain.Experiments;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Registry;

/// <summary>What is registered as a version.</summary>
/// <param name="RunId">The run that trained it; registering the same run again gives the same version.</param>
/// <param name="ModelDigest">Digest of the model file in the model store.</param>
/// <param name="ModelSize">Its bytes.</param>
/// <param name="Metrics">Evaluation at the time of registration.</param>
public sealed record ModelRegistration(
    string RunId,
    string ModelDigest,
    long ModelSize,
    string Trainer,
    ModelSignature Signature,
    IReadOnlyDictionary<string, double> Metrics,
    RunLineage Lineage,
    string? Description = null);

/// <summary>
/// A version as it stands. What it is, is fixed at registration; what people say of it (description, tags, stage, aliases) changes. One that
/// an MLflow client registered (<see cref="Source"/>) gets its model, <see cref="Trainer"/> and <see cref="Signature"/> when they are first asked for.
/// </summary>
/// <param name="Version">1, 2, 3, ...; the number of a deleted version is not given again.</param>
/// <param name="RunId">Empty when no run is known, as may be with an MLflow client's.</param>
/// <param name="CreatedBy">Who registered it.</param>
public sealed record ModelVersion(
    string Model,
    int Version,
    string RunId,
    string ModelDigest,
    long ModelSize,
    string Trainer,
    ModelSignature Signature,
    IReadOnlyDictionary<string, double> Metrics,
    RunLineage Lineage,
    string? Description,
    DateTimeOffset CreatedAt,
    string CreatedBy)
{
    /// <summary>Aliases that point to it now, in ordinal order.</summary>
    public IReadOnlyList<string> Aliases { get => field ?? []; init; }

    public ModelStage Stage { get; init; }

    public IReadOnlyDictionary<string, string> Tags { get => field ?? ReadOnlyDictionary<string, string>.Empty; init; }

    /// <summary>Where an MLflow client says its files are; null for what was registered here.</summary>
    public VersionSource? Source { get; init; }

    /// <summary>When its description or stage was changed last; null: never.</summary>
    public DateTimeOffset? ChangedAt { get; init; }

    /// <summary>Whether there is a model file to score with.</summary>
    [JsonIgnore]
    public bool HasModel => ModelDigest.Length > 0;

    /// <summary>Where MLflow's clients find its files; of what was registered here, in its run.</summary>
    [JsonIgnore]
    public string SourceUri => Source?.Uri ?? $"runs:/{RunId}/model";

    [JsonIgnore]
    public DateTimeOffset UpdatedAt => ChangedAt ?? CreatedAt;

    /// <summary><c>churn/3</c>.</summary>
    [JsonIgnore]
    public string Name => $"{Model}/{Version}";

    internal static ModelVersion Of(string model, int number, ModelRegistration r, DateTimeOffset now, string by) => new(
        model, number, r.RunId, r.ModelDigest, r.ModelSize, r.Trainer, r.Signature, r.Metrics, r.Lineage, r.Description, now, by);

    internal static ModelVersion Of(string model, int number, SourceRegistration r, DateTimeOffset now, string by)
    {
        var source = new VersionSource(r.Uri, r.Location, r.RunLink, r.ModelId);
        ModelVersion of = r.CopyOf ?? new("", 0, "", "", 0, "", new ModelSignature(LearningTask.Regression, "", [], []), new Dictionary<string, double>(), RunLineage.None, null, now, by);
        return of with
        {
            Model = model,
            Version = number,
            RunId = r.RunId ?? of.RunId,
            Source = source with { Import = of.Source?.Import },
            Description = r.Description,
            Tags = r.Tags,
            CreatedAt = r.CreatedAt ?? now,
            CreatedBy = by,
            ChangedAt = null,
            Aliases = [],
            Stage = ModelStage.None,
        };
    }
}
