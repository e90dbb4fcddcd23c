namespace MlOps.Infra;

/// <summary>What a stack may be told; README.md has the keys. Each property says default and range.</summary>
internal sealed record StackSettings
{
    /// <summary>The stack's name (dev, prod): part of names and tags.</summary>
    public required string Environment { get; init; }

    /// <summary>Who is told of alerts and of the budget. At least one.</summary>
    public required IReadOnlyList<string> AlertEmails { get; init; }

    /// <summary>In the subscription's currency, at least 1. Told at 80 %, at 100 %, and when the forecast exceeds it.</summary>
    public required double MonthlyBudget { get; init; }

    /// <summary>Instances kept warm for HTTP, 0 to 20; billed while they idle. Default 0: the first request waits for a start.</summary>
    public int AlwaysReadyHttp { get; init; }

    /// <summary>512, 2048 or 4096. Default 2048. The trainer refuses a data set that would not fit.</summary>
    public int InstanceMemoryMb { get; init; } = 2048;

    /// <summary>40 to 1000, default 40: what a flood of requests may cost at most.</summary>
    public int MaximumInstances { get; init; } = 40;

    /// <summary>Requests that one instance works on at a time, 1 to 1000. Default 32.</summary>
    public int HttpConcurrency { get; init; } = 32;

    /// <summary>The managed Durable Task Scheduler keeps workflow state, instead of the storage account. Default off (docs/decisions).</summary>
    public bool DurableTaskScheduler { get; init; }

    /// <summary>The name of a resource group that exists, such as one on which alone the deploying identity has its roles. Default none: the stack makes <c>mlops-STACK</c>.</summary>
    public string? ResourceGroup { get; init; }

    /// <summary>Data outlives a zone (ZRS): a quarter more for each GB. Default off.</summary>
    public bool ZoneRedundantStorage { get; init; }

    /// <summary>
    /// The app outlives a zone. Azure then keeps, and bills, two always-ready instances for each group that scales by itself: here HTTP,
    /// Durable, two timers and the upload queue, so ten (docs/azure.md has the sum). Default off. Cannot be changed on a plan that exists.
    /// </summary>
    public bool ZoneRedundantPlan { get; init; }

    /// <summary>Storage and vault refuse to be destroyed. Default off.</summary>
    public bool Protect { get; init; }

    /// <summary>30 to 730, default 30.</summary>
    public int LogRetentionDays { get; init; } = 30;

    /// <summary>Logs beyond this are dropped for the day, 0.1 to 1000. Default 1.</summary>
    public double DailyLogQuotaGb { get; init; } = 1;

    /// <summary>Requests a second and process that are traced, the others are counted only; 0.01 to 1000. Default 1. What logs cost hangs on it.</summary>
    public double TracesPerSecond { get; init; } = 1;

    /// <summary>Days that an overwritten or deleted blob can be brought back, 1 to 365. Default 7.</summary>
    public int VersionRetentionDays { get; init; } = 7;

    /// <summary>p95 of predictions above which an alert is raised, 10 to 60000. Default 500.</summary>
    public int LatencyP95Ms { get; init; } = 500;

    /// <summary>Share of requests that answer 5xx above which an alert is raised, 0.1 to 100. Default 2.</summary>
    public double FailedRequestPercent { get; init; } = 2;

    /// <summary>SHA-256 of the first admin's token, 64 hexadecimal digits (`mlops token setup`). Default none: nobody can come in before a token is in the tables.</summary>
    public string? SetupTokenHash { get; init; }

    /// <summary>Further app settings as they are, none of them secret: setting name to value. Default none.</summary>
    public IReadOnlyDictionary<string, string> PlainSettings { get; init; } = new Dictionary<string, string>();

    /// <summary>App settings that the vault holds, such as <c>MLOPS_SECRET_CHAT</c> for a webhook <c>secret:chat</c>: setting name to secret name. Default none.</summary>
    public IReadOnlyDictionary<string, string> SecretSettings { get; init; } = new Dictionary<string, string>();
}
