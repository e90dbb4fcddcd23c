using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using MlOps.Api;
using MlOps.Azure;
using MlOps.Azure.Storage;
using MlOps.Azure.Workflows;
using MlOps.Domain;
using MlOps.Domain.Pipelines;
using MlOps.Domain.Workflows;
using MlOps.Learning.Trainers;
using MlOps.MlNet;

namespace MlOps.Functions;

/// <summary>
/// What the server is on one machine: the platform over an Azure account, what runs its workflows, and what answers its requests. One
/// for each instance of the app.
/// </summary>
public sealed class CloudHost : IAsyncDisposable
{
    internal const string Connection = "AzureWebJobsStorage";

    /// <summary>The Functions host takes no larger request; larger files come as blobs (docs/azure.md).</summary>
    private const long MaxUploadBytes = 100L << 20;

    private const long MaxInboxBytes = 1L << 30;

    private readonly AzurePlatform _azure;
    private readonly DurableRunner _runner;
    private readonly RequestDelegate _api;
    private DurableTaskClient? _client;

    public CloudHost(IConfiguration configuration, IServiceProvider services, TimeProvider time, ILoggerFactory logs)
    {
        Settings = CloudSettings.Read(configuration);
        var catalog = new WorkflowCatalog();
        var workflows = new DurableWorkflowClient(() => Client, catalog, time);
        _azure = new AzurePlatform(
            AzureConnection.Read(configuration, Connection), new AzureStorageOptions(), workflows, WorkflowEngine.Durable,
            MlNetTrainers.AddTo(TrainerCatalog.Default), time, logs,
            Settings.SetupToken, Settings.Training, name => configuration[name], Settings.ModelMemory);
        Platform.AddTo(catalog);
        Uploads = new UploadInbox(Platform.Ports.Blobs, Platform.Datasets, Platform.Pipelines, MaxInboxBytes, logs.CreateLogger("MlOps.Inbox"));
        _runner = new DurableRunner(catalog, () => Client);
        _api = MlOpsApi.BuildPipeline(services, Platform, Options());
    }

    public Platform Platform => _azure.Platform;

    internal CloudSettings Settings { get; }

    internal UploadInbox Uploads { get; }

    /// <summary>The host gives it only to a function that runs and asks for it; it is the same for all of them.</summary>
    private DurableTaskClient Client => _client
        ?? throw new InvalidOperationException("no function with a [DurableClient] has run on this instance: give one to the function that starts workflows");

    /// <summary>Every function that may start or steer a workflow begins with it.</summary>
    public CloudHost With(DurableTaskClient client)
    {
        _client = client;
        return this;
    }

    public Task AnswerAsync(HttpRequest request) => _api(request.HttpContext);

    public Task<string?> RunWorkflowAsync(TaskOrchestrationContext context) => _runner.RunWorkflowAsync(context);

    /// <summary>Runs the activity that is called as the function is.</summary>
    public Task<string> RunActivityAsync(string message, DurableTaskClient client, FunctionContext context) =>
        With(client)._runner.RunActivityAsync(context.FunctionDefinition.Name, message, context.CancellationToken);

    /// <summary>Writes out what is buffered.</summary>
    public ValueTask DisposeAsync() => _azure.DisposeAsync();

    private ApiOptions Options() => new()
    {
        MaxUploadBytes = MaxUploadBytes,
        // The Functions host forwards every request from this machine.
        OpenOnLoopback = false,
        DefaultModel = Settings.DefaultModel,
        Version = AzurePlatform.CodeVersion,
    };
}
