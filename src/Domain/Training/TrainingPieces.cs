namespace MlOps.Domain.Training;

/// <summary>How far a training has come that goes on from piece to piece, each within the time that its host allows.</summary>
/// <param name="Count">Pieces so far.</param>
/// <param name="Done">Iterations done over all fits, of <paramref name="Total"/> at most; fits, where the trainer does not report iterations.</param>
/// <param name="Idle">How many of the last pieces did not get further than the one before.</param>
public sealed record TrainingPieces(int Count, int Done, int Total, int Idle)
{
    public static readonly TrainingPieces None = new(0, 0, 0, 0);

    /// <summary>At half an hour or less a piece, some days: whatever needs more is at the wrong place.</summary>
    public const int Most = 500;

    /// <summary>One piece may begin anew, when the program was replaced meanwhile; one after the other must not.</summary>
    private const int MostIdle = 3;

    /// <summary>These and one more.</summary>
    /// <exception cref="MlOpsException">TooLarge <c>training-stalled</c>.</exception>
    internal TrainingPieces Add(int done, int total, string advice)
    {
        var now = new TrainingPieces(Count + 1, done, total, done > Done ? 0 : Idle + 1);
        if (now.Idle < MostIdle && now.Count < Most)
            return now;
        string why = now.Idle < MostIdle ? $"it takes more than {Most} pieces" : $"{MostIdle} pieces in a row did not get further than the one before";
        throw MlOpsException.TooLarge(
            "training-stalled",
            $"the training was handed over {now.Count} times and is at iteration {done:N0} of {total:N0}: {why}; {advice}, or use fewer trees or iterations, or a sample of the rows");
    }
}

/// <summary>What came of a piece: the trained model, or where it stands.</summary>
public sealed record TrainingPiece(TrainedModel? Trained, TrainingPieces? Unfinished);
