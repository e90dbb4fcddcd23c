namespace MlOps.Cli.Moving;

/// <summary>Counts things of one kind while several are copied at once.</summary>
internal sealed class MoveTally
{
    private int _copied;
    private int _unchanged;
    private int _left;
    private int _failed;

    public MovedParts Parts => new(_copied, _unchanged, _left, _failed);

    public void Copied() => Interlocked.Increment(ref _copied);

    public void Unchanged() => Interlocked.Increment(ref _unchanged);

    public void Left() => Interlocked.Increment(ref _left);

    public void Failed() => Interlocked.Increment(ref _failed);
}
