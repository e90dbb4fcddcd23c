namespace MlOps.Cli.Moving;

/// <summary>Tags that say where a copy came from: what a repeated move knows its copies by.</summary>
internal static class MoveTags
{
    private const string Prefix = "mlops.source.";

    /// <summary>Of an experiment: <see cref="MovedExperiment.Identity"/> of the one it was copied from.</summary>
    public const string Experiment = Prefix + "experiment";

    /// <summary>Of a run: the id of the one it was copied from.</summary>
    public const string Run = Prefix + "run";

    /// <summary>Of a logged model: the id of the one it was copied from. Of a registered model: its <see cref="Registry.MovedRegisteredModel.Identity"/>.</summary>
    public const string Model = Prefix + "model";

    /// <summary>Of a trace: the id of the one it was copied from, which is its own.</summary>
    public const string Trace = Prefix + "trace";

    /// <summary>Of a model version: the number of the one it was copied from.</summary>
    public const string Version = Prefix + "version";

    /// <summary>Of a registered model: numbers of the versions that were copied, of which somebody may have deleted some since: <c>1-5,7</c>.</summary>
    public const string Versions = Prefix + "versions";

    /// <summary>Of a registered model, before the name of an alias: the number that it was copied with.</summary>
    public const string Alias = Prefix + "alias.";

    /// <summary>The fingerprint of what was copied, set when all of it is there.</summary>
    public const string Copied = Prefix + "copied";

    /// <summary>Of a run: <see cref="MovedRun.State"/> of the copy itself when it was made; else somebody has changed it since.</summary>
    public const string State = Prefix + "state";

    /// <summary>Of the default experiment, while a move into its server goes on: who, since when and until when (<see cref="MoveLease"/>).</summary>
    public const string Lease = Prefix + "lease";

    public const string RunName = "mlflow.runName";

    public const string Parent = "mlflow.parentRunId";

    /// <summary>A copy's own, which the copy of a copy has otherwise.</summary>
    public static bool IsOwn(string tag) => tag.StartsWith(Prefix, StringComparison.Ordinal);
}
