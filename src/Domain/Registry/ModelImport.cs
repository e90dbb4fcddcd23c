using MlOps.Learning.Importing;

namespace MlOps.Domain.Registry;

/// <summary>How a model that was trained elsewhere shall be registered.</summary>
/// <param name="Options">What its file does not say.</param>
/// <param name="FileName">For people; null when it has none.</param>
/// <param name="EvaluateOn">Data set version (<c>telco@3</c>) to evaluate it on, which has the target; null: it is registered without metrics.</param>
/// <param name="TrainedOn">Data set version it was trained on: its lineage, and what drift is measured against; null: not known.</param>
public sealed record ModelImport(
    ImportOptions Options, string? FileName = null, string? EvaluateOn = null, string? TrainedOn = null, string? Description = null);

/// <summary>A registered import.</summary>
/// <param name="Format">What its file was: <c>xgboost-json</c>.</param>
/// <param name="Producer">What wrote the file: <c>XGBoost 1.7.4</c>.</param>
/// <param name="Notes">What the owner should know; often none.</param>
public sealed record ImportedVersion(ModelVersion Version, string Format, string Producer, IReadOnlyList<string> Notes);
