namespace MlOps.Cli.Moving;

internal enum MovedKind
{
    Run,
    Model,
    Trace,
}

/// <summary>What has artifacts: a run, logged model or trace, and where they are.</summary>
internal sealed record MovedPlace(MovedKind Kind, string Id, string ArtifactUri)
{
    /// <summary>For people.</summary>
    public override string ToString() => $"{(Kind switch { MovedKind.Run => "run", MovedKind.Model => "logged model", _ => "trace" })} {Id}";
}
