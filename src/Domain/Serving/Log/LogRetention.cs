using Microsoft.Extensions.Logging;
using MlOps.Domain.Serving.Shadows;
using MlOps.Domain.Serving.Units;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Serving.Log;

/// <summary>
/// Deletes what policies say is too old: whole days (UTC) of the prediction log, shadow answers included, and the feedback on them. Feedback
/// goes before its segment, so that what is broken off is found and finished by the next run. Running it twice, or on two hosts, is harmless.
/// </summary>
public sealed class LogRetention(LogPolicies policies, FeedbackStore feedback, EndpointStore endpoints, ExposureStats exposures, IBlobStore blobs, TimeProvider time, ILogger logger)
{
    /// <returns>Segments that were deleted.</returns>
    /// <exception cref="MlOpsException">Unavailable <c>log-retention</c>, at the end: what failed for some models was done for all others.</exception>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        int deleted = 0;
        var failed = new SortedDictionary<string, Exception>(StringComparer.Ordinal);
        await foreach (string model in policies.ModelsAsync(cancellationToken))
            await TryAsync(model, async () => deleted += await ExpireAsync(await policies.GetAsync(model, cancellationToken), cancellationToken), failed);
        await foreach (Endpoint endpoint in endpoints.ListAsync(cancellationToken))
            await TryAsync(endpoint.Model, () => exposures.CleanAsync(endpoint.Model, endpoint.CountedSince, cancellationToken), failed);
        return failed.Count == 0 ? deleted : throw Incomplete(failed);
    }

    /// <summary>What is the matter with one model's records must not keep those of others.</summary>
    private async Task TryAsync(string model, Func<Task> clean, SortedDictionary<string, Exception> failed)
    {
        try
        {
            await clean();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            logger.RetentionFailed(model, e);
            failed.TryAdd(model, e);
        }
    }

    private static MlOpsException Incomplete(SortedDictionary<string, Exception> failed)
    {
        (string model, Exception first) = failed.First();
        string others = failed.Count > 1 ? $", and {failed.Count - 1} more models: {string.Join(", ", failed.Keys.Skip(1).Take(10))}" : "";
        return new MlOpsException(
            ErrorKind.Unavailable, "log-retention", $"records of '{model}' that are too old could not be deleted: {first.Message}{others}; all other models' were, and these are tried again in the next run", first);
    }

    private async Task<int> ExpireAsync(LogPolicyState state, CancellationToken cancellationToken)
    {
        if (state.Policy.RetainDays is not { } days)
            return 0;
        DateTimeOffset before = new(time.GetUtcNow().UtcDateTime.Date.AddDays(-days), TimeSpan.Zero);
        (int segments, int items) = await ExpireAsync(state.Model, before, cancellationToken);
        items += await feedback.ForgetAsync(state.Model, before, goOn: null, cancellationToken);
        if (segments + items > 0)
            logger.RecordsExpired(state.Model, segments, items, before);
        return segments;
    }

    private async Task<(int Segments, int Items)> ExpireAsync(string model, DateTimeOffset before, CancellationToken cancellationToken)
    {
        int segments = 0, items = 0;
        foreach (string name in new[] { model, ShadowMirror.LogName(model) })
        {
            await foreach (BlobInfo blob in blobs.ListAsync(PredictionPaths.Container, PredictionPaths.All(name), cancellationToken))
            {
                // The paths are in order of time.
                if (!PredictionPaths.IsBefore(blob.Path, before))
                    break;
                items += name == model ? await feedback.ForgetAsync(model, await RowsAsync(blob.Path, cancellationToken), cancellationToken) : 0;
                segments += await blobs.DeleteAsync(PredictionPaths.Container, blob.Path, null, cancellationToken) ? 1 : 0;
            }
        }

        return (segments, items);
    }

    /// <summary>A segment that cannot be read is deleted all the same; feedback on its rows goes with its own day.</summary>
    private async Task<IReadOnlyList<(string, int)>> RowsAsync(string path, CancellationToken cancellationToken)
    {
        var rows = new List<(string, int)>();
        try
        {
            await using Stream segment = await blobs.OpenReadAsync(PredictionPaths.Container, path, null, cancellationToken);
            await using var reader = new SegmentReader(segment, path);
            while (await reader.NextAsync(cancellationToken))
                rows.Add((reader.Head.RequestId, reader.Head.Row));
        }
        catch (MlOpsException e) when (e.Code is "prediction-segment-damaged" or "blob-missing")
        {
        }

        return rows;
    }
}
