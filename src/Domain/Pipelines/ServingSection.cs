using MlOps.Domain.Serving.Log;

namespace MlOps.Domain.Pipelines;

/// <summary>How the model is served. Null parts are left as they are.</summary>
public sealed record ServingSection(LogPolicyChange? Log);
