namespace MlOps.Infra;

/// <summary>Containers and queues that the platform and its host look for by name.</summary>
internal static class StorageNames
{
    /// <summary>Data set versions; uploads arrive in it under <c>[data set]/inbox/</c>.</summary>
    public const string Datasets = "datasets";

    /// <summary>Serving answers and observed outcomes, written once and read ever less: they move to cooler tiers.</summary>
    public const string Predictions = "predictions";

    /// <summary>The function app's package, in an account of its own.</summary>
    public const string Deploy = "deploy";

    /// <summary>Events that Event Grid could not deliver.</summary>
    public const string DeadLetters = "dead-letters";

    /// <summary>One message for each upload.</summary>
    public const string InboxQueue = "dataset-inbox";

    /// <summary>Where the Functions host moves a message that failed too often.</summary>
    public const string PoisonQueue = InboxQueue + "-poison";

    public static readonly string[] Containers =
        [Datasets, "artifacts", "models", "pipelines", Predictions, "retrain-data", "batch", DeadLetters];

    public static readonly string[] Queues = [InboxQueue, PoisonQueue];
}
