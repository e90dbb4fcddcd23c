using MlOps.Domain.Datasets;

namespace MlOps.Api.Datasets;

/// <summary>The version that the bytes are, whether they were new, and the pipeline runs that they started.</summary>
public sealed record UploadAnswer(DatasetVersion Version, bool Created, IReadOnlyList<string> StartedPipelines);
