using Microsoft.Extensions.Logging;
using MlOps.Domain.Batch;
using MlOps.Domain.Datasets;
using MlOps.Domain.Experiments;
using MlOps.Domain.Experiments.Purging;
using MlOps.Domain.Gc.Owners;
using MlOps.Domain.Monitoring;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving;
using MlOps.Domain.Storage;
using MlOps.Domain.Training;

namespace MlOps.Domain.Gc;

/// <summary>
/// Removes for good what was deleted long ago and nothing refers to, and files that belong to nothing. It works for some seconds at a time
/// and says where it stopped; broken off anywhere, it is finished by doing it again. One is at work at a time.
/// </summary>
public sealed class GarbageCollector(
    ExperimentTracker tracker, ModelRegistry registry, EndpointStore endpoints, Pipelines.Pipelines pipelines, ModelTrainer trainer, DatasetCatalog datasets, BatchPredictions batches, Monitors monitors, IBlobStore blobs, TimeProvider time, ILogger logger)
{
    /// <summary>What a page takes, about: below what hosts give a request.</summary>
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(20);
    private const int PageItems = 500;
    private static readonly TimeSpan MaxAge = TimeSpan.FromDays(36_500);

    /// <summary>Between a file and what refers to it less time passes.</summary>
    private static readonly TimeSpan Young = TimeSpan.FromDays(1);

    /// <summary>Names that were read are good for the pages of so long: well below <see cref="Young"/>, since a file that a run names since then is young; versions are read again.</summary>
    private static readonly TimeSpan NamesLife = TimeSpan.FromHours(1);

    private GcPause? _paused;

    /// <exception cref="MlOpsException">Invalid <c>gc-age</c>; Conflict <c>gc-busy</c>: another is at work; NotFound <c>run-missing</c>, <c>experiment-missing</c>, Conflict <c>gc-active</c>, <c>gc-too-young</c>: one that is named is not there, not deleted, or not so long.</exception>
    public Task<GcPage> RunAsync(GcRequest request, CancellationToken cancellationToken) => RunAsync(request, Budget, cancellationToken);

    /// <param name="budget">After what time a page ends.</param>
    internal async Task<GcPage> RunAsync(GcRequest request, TimeSpan budget, CancellationToken cancellationToken)
    {
        if (request.Age < TimeSpan.Zero || request.Age > MaxAge)
            throw MlOpsException.Invalid("gc-age", $"the age {request.Age} is not allowed: 0 to {MaxAge.TotalDays:0} days");
        await using PurgeLease? lease = request.DryRun ? null : await tracker.Purge.LeaseAsync(cancellationToken);
        Func<Task> goOn = lease is null ? () => Task.CompletedTask : () => lease.RenewAsync(cancellationToken);
        DateTimeOffset now = time.GetUtcNow(), before = now - request.Age;
        if (request.After is null)
            await new NamedOnes(tracker, request, before).CheckAsync(cancellationToken);
        long begun = time.GetTimestamp();
        var items = new List<GcItem>();
        Task<RunReferences> ReferencesAsync() => RunReferences.ReadAsync(registry, endpoints, pipelines, goOn, cancellationToken);
        var removal = new RunRemoval(tracker.Purge, ReferencesAsync, request.DryRun, before, logger);
        DateTimeOffset old = before < now - Young ? before : now - Young;
        NamedModels? named = _paused is { } paused && paused.Next == request.After && now - paused.Models?.At < NamesLife ? paused.Models : null;
        var models = new ModelOwners(trainer, registry, tracker, named, time, goOn);
        Func<IFileOwners>[] owners =
        [
            () => new TreeOwners(tracker, ReferencesAsync), () => new UploadOwners(tracker.Uploads, old), () => new RunOwners(tracker.Purge, ReferencesAsync),
            () => new BatchOwners(batches), () => new DatasetOwners(datasets), () => models.Named is null ? models : new ModelOwnersNow(models, registry), () => new PipelineOwners(pipelines, goOn),
            () => new PredictionOwners(registry), () => new ReportOwners(monitors, registry, goOn), () => new RetrainOwners(), () => new DescriptionOwners(tracker.Purge, goOn),
        ];
        var walk = new GcWalk(tracker, removal, new GivenUpNames(registry, blobs, removal, now), new StrayFiles(blobs, owners, removal, old, request.Strays), request, before, old);
        await foreach (GcStep step in walk.StepsAsync(cancellationToken))
        {
            items.AddRange(step.Items);
            await goOn();
            if (step.Position is null)
            {
                // What cannot be left on the way takes nothing of the time for the rest: each page comes on.
                begun = time.GetTimestamp();
                continue;
            }

            if (items.Count >= PageItems || time.GetElapsedTime(begun) > budget)
            {
                _paused = new GcPause(step.Position, models.Named);
                return new GcPage(items, step.Position);
            }
        }

        return new GcPage(items, null);
    }
}

/// <summary>What the page that goes on at a position need not read again: to look through all runs for each would take longer than a page.</summary>
internal sealed record GcPause(string Next, NamedModels? Models);

/// <summary>Where a walk is, and what it did since the step before.</summary>
/// <param name="Position">Go on behind it; null where the walk must not be left.</param>
internal sealed record GcStep(string? Position, IReadOnlyList<GcItem> Items);
