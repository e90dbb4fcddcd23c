using MlOps.Learning.Trainers;

namespace MlOps.Domain.Training;

/// <summary>Shows one of several fits as its part of the whole: iterations are counted over all of them.</summary>
internal sealed class StageProgress(IProgress<TrainingProgress>? whole, int stage, int stages) : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value) =>
        whole?.Report(value with { Done = (stage * value.Total) + value.Done, Total = stages * value.Total });
}

/// <summary>Keeps every report of a fit, for the run's loss curves, and passes it on.</summary>
internal sealed class LossHistory(IProgress<TrainingProgress>? next) : IProgress<TrainingProgress>
{
    private readonly List<TrainingProgress> _reports = [];

    public IReadOnlyList<TrainingProgress> Reports
    {
        get
        {
            lock (_reports)
                return [.. _reports];
        }
    }

    public void Report(TrainingProgress value)
    {
        lock (_reports)
            _reports.Add(value);
        next?.Report(value);
    }
}

/// <summary>Knows the last report, and passes it on.</summary>
internal sealed class LatestProgress(IProgress<TrainingProgress>? next) : IProgress<TrainingProgress>
{
    private volatile TrainingProgress? _latest;

    public TrainingProgress? Latest => _latest;

    public void Report(TrainingProgress value)
    {
        _latest = value;
        next?.Report(value);
    }
}
