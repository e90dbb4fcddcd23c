namespace MlOps.Cli.Moving;

/// <summary>Tags that say where a copy came from: what a repeated move knows its copies by.</summary>
internal static class MoveTags
{
    /// <summary>Of an experiment: <see cref="MovedExperiment.Identity"/> of the one it was copied from.</summary>
    public const string Experiment = "mlops.source.experiment";

    /// <summary>Of a run: the id of the one it was copied from.</summary>
    public const string Run = "mlops.source.run";

    /// <summary>Of a run: <see cref="MovedRun.Fingerprint"/> of the one it was copied from, set when all of it is there.</summary>
    public const string Copied = "mlops.source.copied";

    /// <summary>Of a run: <see cref="MovedRun.State"/> of the copy itself when it was made; else somebody has changed it since.</summary>
    public const string State = "mlops.source.state";

    public const string RunName = "mlflow.runName";

    public const string Parent = "mlflow.parentRunId";

    /// <summary>A copy's own, which the copy of a copy has otherwise.</summary>
    public static bool IsOwn(string tag) => tag is Experiment or Run or Copied or State;
}
