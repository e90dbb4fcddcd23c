using Microsoft.Extensions.Logging;
using MlOps.Domain.Experiments;
using MlOps.Domain.Experiments.Purging;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving;
using MlOps.Domain.Training;

namespace MlOps.Domain.Gc;

/// <summary>
/// Removes for good what was deleted long ago and nothing refers to, and files that belong to nothing. It works for some seconds at a time
/// and says where it stopped; broken off anywhere, it is finished by doing it again. One is at work at a time.
/// </summary>
public sealed class GarbageCollector(
    ExperimentTracker tracker, ModelRegistry registry, EndpointStore endpoints, Pipelines.Pipelines pipelines, ModelStore models, ModelTrainer trainer, TimeProvider time, ILogger logger)
{
    /// <summary>What a page takes, about: below what hosts give a request.</summary>
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(20);
    private const int PageItems = 500;
    private static readonly TimeSpan MaxAge = TimeSpan.FromDays(36_500);

    /// <exception cref="MlOpsException">Invalid <c>gc-age</c>; Conflict <c>gc-busy</c>: another is at work; NotFound <c>run-missing</c>, <c>experiment-missing</c>, Conflict <c>gc-active</c>, <c>gc-too-young</c>: one that is named is not there, not deleted, or not so long.</exception>
    public Task<GcPage> RunAsync(GcRequest request, CancellationToken cancellationToken) => RunAsync(request, Budget, cancellationToken);

    /// <param name="budget">After what time a page ends.</param>
    internal async Task<GcPage> RunAsync(GcRequest request, TimeSpan budget, CancellationToken cancellationToken)
    {
        if (request.Age < TimeSpan.Zero || request.Age > MaxAge)
            throw MlOpsException.Invalid("gc-age", $"the age {request.Age} is not allowed: 0 to {MaxAge.TotalDays:0} days");
        await using PurgeLease? lease = request.DryRun ? null : await tracker.Purge.LeaseAsync(cancellationToken);
        DateTimeOffset before = time.GetUtcNow() - request.Age;
        if (request.After is null)
            await new NamedOnes(tracker, request, before).CheckAsync(cancellationToken);
        long begun = time.GetTimestamp();
        var items = new List<GcItem>();
        var removal = new RunRemoval(tracker.Purge, () => RunReferences.ReadAsync(registry, endpoints, pipelines, cancellationToken), request.DryRun, before, logger);
        var modelFiles = new ModelFiles(models, trainer, registry, tracker);
        await foreach (GcStep step in new GcWalk(tracker, removal, modelFiles, request, before, time.GetUtcNow()).StepsAsync(cancellationToken))
        {
            items.AddRange(step.Items);
            if (lease is not null)
                await lease.RenewAsync(cancellationToken);
            if (step.Position is null)
                continue;
            if (items.Count >= PageItems || time.GetElapsedTime(begun) > budget)
                return new GcPage(items, step.Position);
        }

        return new GcPage(items, null);
    }
}

/// <summary>Where a walk is, and what it did since the step before.</summary>
/// <param name="Position">Go on behind it; null where the walk must not be left.</param>
internal sealed record GcStep(string? Position, IReadOnlyList<GcItem> Items);
