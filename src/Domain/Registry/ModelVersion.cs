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

/// <summary>A version as it stands. All but the aliases is fixed at registration.</summary>
/// <param name="Version">1, 2, 3, ... without gaps.</param>
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
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary><c>churn/3</c>.</summary>
    [JsonIgnore]
    public string Name => $"{Model}/{Version}";
}
