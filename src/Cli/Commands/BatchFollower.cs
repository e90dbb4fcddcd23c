using MlOps.Cli.Api;
using MlOps.Cli.Output;
using MlOps.Domain.Batch;
using MlOps.Learning.Trainers;

namespace MlOps.Cli.Commands;

/// <summary>Shows how far a batch prediction is until it ends.</summary>
internal static class BatchFollower
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(150);

    /// <summary>Steps of the bar.</summary>
    private const int Whole = 1_000;

    public static Task<BatchPrediction> FollowAsync(ApiClient api, BatchPrediction batch, CommandOutput output, CancellationToken cancellationToken) =>
        ProgressBar.RunAsync(output, $"{batch.Id}: {batch.Model}/{batch.Version} over {batch.Dataset}", async progress =>
        {
            using var beat = new PeriodicTimer(Beat);
            while (!batch.HasEnded)
            {
                progress?.Report(new TrainingProgress(Done(batch), Whole, null, null));
                await beat.WaitForNextTickAsync(cancellationToken);
                batch = await api.GetAsync<BatchPrediction>(BatchCommand.Route(batch.Id), cancellationToken);
            }

            return batch;
        });

    private static int Done(BatchPrediction batch) => batch.Rows is > 0 and { } rows ? (int)((batch.RowsDone + batch.Rejected) * Whole / rows) : 0;
}
