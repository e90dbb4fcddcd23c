namespace MlOps.Domain.Training;

/// <summary>Says when a training has to be kept, and when it has to end its piece.</summary>
/// <param name="piece">How long a piece may take until it hands over; null: to the end.</param>
internal sealed class PieceClock(TimeProvider time, TimeSpan? piece)
{
    /// <summary>What a killed process loses at most. Keeping the state of a fit takes a second or so.</summary>
    public static readonly TimeSpan KeepEvery = TimeSpan.FromMinutes(5);

    private readonly long _began = time.GetTimestamp();
    private long _kept = time.GetTimestamp();

    public bool HandOverIsDue => time.GetElapsedTime(_began) >= piece;

    public bool PauseIsDue => HandOverIsDue || time.GetElapsedTime(_kept) >= KeepEvery;

    public void Kept() => _kept = time.GetTimestamp();
}
