using System.Collections.Concurrent;

namespace MlOps.Cli.Moving.Registry;

/// <summary>Counts the move of a registered model's versions.</summary>
internal sealed class ModelCount(string model)
{
    public MoveTally Versions { get; } = new();

    public ConcurrentQueue<MoveProblem> Problems { get; } = new();

    public ConcurrentQueue<string> Notes { get; } = new();

    public MovedModelCounts Counts
    {
        get
        {
            (int copied, int unchanged, int left, int failed) = Versions.Parts;
            return new(model, copied, unchanged, left, failed);
        }
    }

    /// <param name="version">Null when it is about all of the model.</param>
    public void Problem(int? version, Exception e) => Problems.Enqueue(new MoveProblem(null, null, null, e.Message) { Model = model, Version = version });
}
