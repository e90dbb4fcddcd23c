using System.Globalization;
using MlOps.Domain.Datasets;
using MlOps.Domain.Experiments;

namespace MlOps.Domain.Training;

/// <summary>
/// Counts the attempts at a training whose process died without a word. An engine runs such an activity again, and again: what dies for
/// lack of memory would do so for ever. The count is a tag of the run, written before anything large is read and taken away by any
/// other end, be it a failure, a hand-over, or a host that stops.
/// </summary>
internal sealed class TrainingAttempts(ExperimentTracker tracker, Run run)
{
    public const string Tag = "training.attempt";

    /// <summary>A machine may be taken away once, even twice.</summary>
    private const int Most = 2;

    private readonly int _silent = run.Tags.TryGetValue(Tag, out string? count) && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;
    private bool _gotFurther;

    /// <exception cref="MlOpsException">TooLarge <c>training-died</c>.</exception>
    public Task BeginAsync(TrainingJob job, DatasetVersion data, string advice, CancellationToken cancellationToken) => _silent < Most
        ? WriteAsync(_silent + 1, cancellationToken)
        : throw MlOpsException.TooLarge(
            "training-died",
            $"training '{job.Trainer}' on {data.Ref} ({data.Rows:N0} rows) began {Most} times, and each time its process ended without a word, most likely for lack of memory: "
            + $"{advice}, or train on a sample of the rows or on fewer columns; then rerun it");

    /// <summary>A checkpoint is kept: whoever begins there has not died there yet.</summary>
    public async Task GotFurtherAsync(CancellationToken cancellationToken)
    {
        if (_gotFurther || _silent == 0)
            return;
        await WriteAsync(1, cancellationToken);
        _gotFurther = true;
    }

    public Task EndAsync() => tracker.LogAsync(run.Id, new RunChanges { Tags = new Dictionary<string, string?> { [Tag] = null } }, CancellationToken.None);

    /// <summary>As <see cref="EndAsync"/>, for a host that stops; where that fails the attempt counts as one that died.</summary>
    public async Task LeaveAsync()
    {
        try
        {
            await EndAsync();
        }
        catch (Exception e) when (e is IOException or MlOpsException)
        {
            // What stopped the host is what its caller must hear of.
        }
    }

    private Task WriteAsync(int attempt, CancellationToken cancellationToken) => tracker.SetTagsAsync(
        run.Id, new Dictionary<string, string> { [Tag] = attempt.ToString(CultureInfo.InvariantCulture) }, cancellationToken);
}
