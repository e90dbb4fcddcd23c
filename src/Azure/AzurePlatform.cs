using System.Reflection;
using Microsoft.Extensions.Logging;
using MlOps.Azure.Storage;
using MlOps.Domain;
using MlOps.Domain.Access;
using MlOps.Domain.Serving.Log;
using MlOps.Domain.Serving.Models;
using MlOps.Domain.Training;
using MlOps.Domain.Workflows;
using MlOps.Learning.Trainers;

namespace MlOps.Azure;

/// <summary>
/// The domain over an Azure storage account. Workflows run elsewhere, through the client that is handed in; any number of
/// instances may stand side by side.
/// </summary>
public sealed class AzurePlatform : IAsyncDisposable
{
    private static readonly TimeSpan WebhookTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Names are looked up anew after this time: an instance lives long, and what a name stands for may move.</summary>
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);

    /// <summary>Writes of blobs cost money here: fewer and larger segments, at the price of 30 s of the log when an instance dies.</summary>
    private static readonly PredictionLogOptions PredictionLog = new() { SegmentAge = TimeSpan.FromSeconds(30) };

    private readonly HttpClient _http = new(new SocketsHttpHandler { PooledConnectionLifetime = ConnectionLifetime }) { Timeout = WebhookTimeout };

    /// <summary>Sends nothing: tables and containers are made by their first write.</summary>
    /// <param name="engine">Which engine is behind <paramref name="workflows"/>: the first use of the tables claims the account for it.</param>
    /// <param name="trainers">The families that pipelines may name.</param>
    /// <param name="setup">The first token; null for none.</param>
    /// <param name="limits">What one training may take; null for no limit.</param>
    /// <param name="setting">The host's settings, for secrets that are only named; null for none.</param>
    /// <param name="modelMemory">Bytes that loaded models may hold together; null for a quarter of what the process may have.</param>
    public AzurePlatform(
        AzureConnection connection, AzureStorageOptions storage, IWorkflowClient workflows, string engine, TrainerCatalog trainers, TimeProvider time, ILoggerFactory logs,
        SetupToken? setup = null, TrainingLimits? limits = null, Func<string, string?>? setting = null,
        long? modelMemory = null) =>
        Platform = new Platform(new PlatformPorts
        {
            Tables = WorkflowEngine.Claimed(new AzureEntityTable(connection.Tables(storage)), engine),
            Blobs = new AzureBlobStore(connection.Blobs(storage), storage, time),
            Workflows = workflows,
            Time = time,
            Ids = new TimeOrderedIds(time),
            Logs = logs,
            Http = _http,
            Setting = setting ?? (_ => null),
            CodeVersion = CodeVersion,
            PredictionLog = PredictionLog,
            Trainers = trainers,
            SetupToken = setup,
            Limits = limits ?? TrainingLimits.None,
            ModelMemory = modelMemory ?? ModelMemory.DefaultBudget,
        });

    /// <summary>Version and commit of this build.</summary>
    public static string CodeVersion { get; } =
        typeof(AzurePlatform).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    public Platform Platform { get; }

    /// <summary>Writes out what is buffered.</summary>
    public async ValueTask DisposeAsync()
    {
        await Platform.DisposeAsync();
        _http.Dispose();
    }
}
