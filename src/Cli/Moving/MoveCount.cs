using System.Collections.Concurrent;

namespace MlOps.Cli.Moving;

/// <summary>Counts an experiment's move while several runs are copied at once.</summary>
internal sealed class MoveCount(MovedExperiment experiment)
{
    private int _files;
    private int _folderless;
    private long _points;
    private long _bytes;

    public string? Target { get; set; }

    public MoveTally Runs { get; } = new();

    public MoveTally Models { get; } = new();

    public MoveTally Traces { get; } = new();

    public ConcurrentQueue<MoveProblem> Problems { get; } = new();

    public ConcurrentQueue<string> Notes { get; } = new();

    public MovedCounts Counts
    {
        get
        {
            (int copied, int unchanged, int left, int failed) = Runs.Parts;
            return new(experiment.Id, experiment.Name, Target, copied, unchanged, left, failed, Interlocked.Read(ref _points), _files, Interlocked.Read(ref _bytes))
            {
                LoggedModels = Models.Parts,
                Traces = Traces.Parts,
            };
        }
    }

    /// <summary>Runs without a folder of artifacts: they have none, or it is elsewhere.</summary>
    public int Folderless => _folderless;

    public void WithoutFolder(MovedKind kind)
    {
        if (kind == MovedKind.Run)
            Interlocked.Increment(ref _folderless);
    }

    public void Failed(MovedPlace place, Exception e)
    {
        (place.Kind switch { MovedKind.Run => Runs, MovedKind.Model => Models, _ => Traces }).Failed();
        Problem(place, null, e);
    }

    public void Problem(MovedPlace? place, string? file, Exception e) => Problems.Enqueue(new MoveProblem(experiment.Name, place is { Kind: MovedKind.Run } ? place.Id : null, file, e.Message)
    {
        LoggedModel = place is { Kind: MovedKind.Model } ? place.Id : null,
        Trace = place is { Kind: MovedKind.Trace } ? place.Id : null,
    });

    public void Points(long count) => Interlocked.Add(ref _points, count);

    public void File(long bytes)
    {
        Interlocked.Increment(ref _files);
        Interlocked.Add(ref _bytes, bytes);
    }
}
