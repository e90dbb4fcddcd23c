namespace MlOps.Api.Pipelines;

/// <summary>What somebody says to a pipeline run that waits for approval.</summary>
public sealed record ApprovalAnswer(bool Approved = true, string? Reason = null);
