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
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        int deleted = 0;
        await foreach (LogPolicyState state in policies.ListAsync(cancellationToken))
        {
            if (state.Policy.RetainDays is { } days)
                deleted += await ExpireAsync(state.Model, days, cancellationToken);
        }

        await foreach (Endpoint endpoint in endpoints.ListAsync(cancellationToken))
            await exposures.CleanAsync(endpoint.Model, endpoint.Revision, cancellationToken);
        return deleted;
    }

    private async Task<int> ExpireAsync(string model, int days, CancellationToken cancellationToken)
    {
        DateTimeOffset before = new(time.GetUtcNow().UtcDateTime.Date.AddDays(-days), TimeSpan.Zero);
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

        items += await feedback.ForgetAsync(model, before, cancellationToken);
        if (segments + items > 0)
            logger.RecordsExpired(model, segments, items, before);
        return segments;
    }

    /// <summary>A segment that cannot be read is deleted all the same; feedback on its rows goes with its own day.</summary>
    private async Task<IReadOnlyList<(string, int)>> RowsAsync(string path, CancellationToken cancellationToken)
    {
        var rows = new List<(string, int)>();
        try
        {
            await using Stream segment = await blobs.OpenReadAsync(PredictionPaths.Container, path, null, cancellationToken);
            await foreach (LoggedPrediction row in PredictionSegment.ReadAsync(segment, path, cancellationToken))
                rows.Add((row.RequestId, row.Row));
        }
        catch (MlOpsException e) when (e.Code is "prediction-segment-damaged" or "blob-missing")
        {
        }

        return rows;
    }
}
