using System.Collections.Concurrent;

namespace MlOps.Cli.Moving;

/// <summary>Counts an experiment's move while several runs are copied at once.</summary>
internal sealed class MoveCount(MovedExperiment experiment)
{
    private int _copied;
    private int _unchanged;
    private int _left;
    private int _failed;
    private int _files;
    private int _folderless;
    private long _points;
    private long _bytes;

    public string? Target { get; set; }

    public ConcurrentQueue<MoveProblem> Problems { get; } = new();

    public ConcurrentQueue<string> Notes { get; } = new();

    public MovedCounts Counts => new(experiment.Id, experiment.Name, Target, _copied, _unchanged, _left, _failed, Interlocked.Read(ref _points), _files, Interlocked.Read(ref _bytes));

    public void Copied() => Interlocked.Increment(ref _copied);

    public void Unchanged() => Interlocked.Increment(ref _unchanged);

    public void Left() => Interlocked.Increment(ref _left);

    public int Folderless => _folderless;

    /// <summary>Without a folder of artifacts: it has none, or it is elsewhere.</summary>
    public void WithoutFolder() => Interlocked.Increment(ref _folderless);

    public void Failed(string runId, Exception e)
    {
        Interlocked.Increment(ref _failed);
        Problem(runId, null, e);
    }

    public void Problem(string? runId, string? file, Exception e) => Problems.Enqueue(new MoveProblem(experiment.Name, runId, file, e.Message));

    public void Points(long count) => Interlocked.Add(ref _points, count);

    public void File(long bytes)
    {
        Interlocked.Increment(ref _files);
        Interlocked.Add(ref _bytes, bytes);
    }
}
