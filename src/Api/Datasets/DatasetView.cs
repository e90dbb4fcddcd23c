using MlOps.Domain.Datasets;
using MlOps.Learning.Tables;

namespace MlOps.Api.Datasets;

/// <summary>A version with what its columns look like.</summary>
public sealed record DatasetView(DatasetVersion Version, TableProfile Profile);
