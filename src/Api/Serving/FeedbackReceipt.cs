using MlOps.Domain.Serving.Log;

namespace MlOps.Api.Serving;

/// <summary>Stores items as they come, a part at a time, and keeps count of what became of them.</summary>
internal sealed class FeedbackReceipt(FeedbackStore feedback, string model)
{
    private const int Part = 1_000;
    private const int Shown = 100;
    private const int ShownInError = 8;

    private readonly List<Feedback> _items = [];
    private readonly List<long> _indexes = [];
    private readonly List<FeedbackProblem> _problems = [];
    private long _count;
    private long _accepted;
    private long _repeated;
    private long _rejected;

    public async Task TakeAsync(IAsyncEnumerable<FeedbackEntry> entries, CancellationToken cancellationToken)
    {
        await foreach (FeedbackEntry entry in entries.WithCancellation(cancellationToken))
        {
            if (entry.Item is { } item)
            {
                _items.Add(item);
                _indexes.Add(_count);
            }
            else
            {
                Reject(new FeedbackProblem(_count, entry.Code, $"item {_count}: {entry.Message}"));
            }

            _count++;
            if (_items.Count == Part)
                await StoreAsync(cancellationToken);
        }

        if (_items.Count > 0 || _count == 0)
            await StoreAsync(cancellationToken);
    }

    /// <exception cref="MlOpsException">Invalid, with the code of the first problem: nothing could be taken.</exception>
    public FeedbackAnswer Answer()
    {
        FeedbackProblem[] problems = [.. _problems.OrderBy(p => p.Item)];
        if (_accepted + _repeated > 0)
            return new(_accepted, _repeated, _rejected, problems);
        string more = _rejected > ShownInError ? $"; and {_rejected - ShownInError} more" : "";
        throw MlOpsException.Invalid(problems[0].Code, string.Join("; ", problems.Take(ShownInError).Select(p => p.Message)) + more);
    }

    private async Task StoreAsync(CancellationToken cancellationToken)
    {
        FeedbackResult result = await feedback.AddAsync(model, _items, cancellationToken, _indexes);
        (_accepted, _repeated) = (_accepted + result.Accepted, _repeated + result.Repeated);
        foreach (FeedbackProblem problem in result.Problems)
            Reject(problem);
        _items.Clear();
        _indexes.Clear();
    }

    private void Reject(FeedbackProblem problem)
    {
        _rejected++;
        if (_problems.Count < Shown)
            _problems.Add(problem);
    }
}
