namespace MlOps.Api.Protocols.Mlflow;

/// <summary>Tags that mean something to MLflow's clients.</summary>
internal static class RunTags
{
    /// <summary>The run's name once more: setting one sets the other.</summary>
    public const string Name = "mlflow.runName";

    /// <summary>A JSON list of the models that were logged to the run as artifacts.</summary>
    public const string LoggedModels = "mlflow.log-model.history";

    public static readonly IReadOnlyDictionary<string, string?> None = new Dictionary<string, string?>();
}
