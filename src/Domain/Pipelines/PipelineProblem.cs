namespace MlOps.Domain.Pipelines;

/// <summary>One mistake of a pipeline file. Line and column count from 1.</summary>
/// <param name="Path">The key, as in <c>gates.absolute[0].metric</c>; empty for the document itself.</param>
public sealed record PipelineProblem(string File, long Line, long Column, string Path, string Message)
{
    public override string ToString() => $"{File}:{Line}:{Column}: {(Path.Length == 0 ? "" : $"{Path}: ")}{Message}";
}
