using Microsoft.Extensions.Logging;
using MlOps.Domain.Access;
using MlOps.Domain.Monitoring;
using MlOps.Domain.Serving.Log;
using MlOps.Domain.Storage;
using MlOps.Domain.Training;
using MlOps.Domain.Workflows;
using MlOps.Learning.Trainers;

namespace MlOps.Domain;

/// <summary>All that the domain asks of a host.</summary>
public sealed record PlatformPorts
{
    public required IEntityTable Tables { get; init; }

    public required IBlobStore Blobs { get; init; }

    public required IWorkflowClient Workflows { get; init; }

    public required TimeProvider Time { get; init; }

    public required IIdSource Ids { get; init; }

    public required ILoggerFactory Logs { get; init; }

    /// <summary>For webhooks; its time-out bounds one attempt.</summary>
    public required HttpClient Http { get; init; }

    /// <summary>What the host's own settings hold under a name, or null: where secrets that a file only names come from. Default: nothing.</summary>
    public Func<string, string?> Setting { get; init; } = _ => null;

    /// <summary>Where alerts go besides the log and the webhook of a policy; each with a name of its own. Default none.</summary>
    public IReadOnlyList<IAlertSink> AlertSinks { get; init; } = [];

    /// <summary>When logged predictions leave memory. Default: after 5 s at the latest; a host that pays by the write waits longer.</summary>
    public PredictionLogOptions PredictionLog { get; init; } = new();

    /// <summary>Bytes that loaded models may hold together, above 0. Default: a quarter of what the process may have.</summary>
    public long ModelMemory { get; init; } = Serving.Models.ModelMemory.DefaultBudget;

    /// <summary>How long a model stays in memory that nobody uses and no endpoint's traffic names; 0: until its memory is wanted. Default 15 minutes.</summary>
    public TimeSpan ModelIdle { get; init; } = Serving.Models.ModelMemory.DefaultIdle;

    /// <summary>What lineage says of the program that trained: a version and commit.</summary>
    public required string CodeVersion { get; init; }

    /// <summary>Default: those of Learning; a host adds the families it brings, with the formats of their model files.</summary>
    public TrainerCatalog Trainers { get; init; } = TrainerCatalog.Default;

    /// <summary>What one training may take. Default: no limit.</summary>
    public TrainingLimits Limits { get; init; } = TrainingLimits.None;

    /// <summary>A token that is valid though nobody made it. Default none: on one machine its owner makes the first.</summary>
    public SetupToken? SetupToken { get; init; }
}
