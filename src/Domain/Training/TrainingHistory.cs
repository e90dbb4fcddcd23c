using System.Globalization;
using MlOps.Domain.Datasets;
using MlOps.Domain.Experiments;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Training;

/// <summary>Rebuilds what a finished training learned from, out of its run: the data set version of its lineage and the split of its params.</summary>
public sealed class TrainingHistory(DatasetCatalog datasets, ExperimentTracker tracker)
{
    /// <summary>Whether two runs divided the same data set version into the same parts.</summary>
    public async Task<bool> SameSplitAsync(string runId, string otherRunId, CancellationToken cancellationToken)
    {
        Run run = await tracker.GetRunAsync(runId, cancellationToken), other = await tracker.GetRunAsync(otherRunId, cancellationToken);
        return run.Lineage.Dataset is not null && run.Lineage.Dataset == other.Lineage.Dataset
            && run.Params.GetValueOrDefault(TrainingRecord.SplitDigest) is { } digest && digest == other.Params.GetValueOrDefault(TrainingRecord.SplitDigest);
    }

    /// <exception cref="MlOpsException">Invalid <c>split-unknown</c>: the run does not say how its rows were divided, or they are no longer divided so. NotFound: the run or its data.</exception>
    public async Task<LearnedRows> LearnedRowsAsync(string runId, CancellationToken cancellationToken)
    {
        Run run = await tracker.GetRunAsync(runId, cancellationToken);
        if (run.Lineage.Dataset is not { } dataset || !run.Params.ContainsKey("split.test"))
            throw Unknown(run, "does not say which rows it was trained on");
        Table table = await datasets.LoadAsync(await datasets.GetAsync(DatasetRef.Parse(dataset), cancellationToken), cancellationToken);
        DataSplit split = Split(run, table);
        bool same = run.Params.TryGetValue(TrainingRecord.SplitDigest, out string? digest)
            ? digest == split.Digest()
            : run.Params.GetValueOrDefault("rows.train") == split.Train.Length.ToString(CultureInfo.InvariantCulture);
        return same ? new LearnedRows(table, split.Known) : throw Unknown(run, "was divided by a version of this program that did it otherwise");
    }

    private static DataSplit Split(Run run, Table table)
    {
        try
        {
            return DataSplitter.Split(table, SpecOf(run.Params), run.Params["target"], Enum.Parse<LearningTask>(run.Params["task"], ignoreCase: true));
        }
        catch (Exception e) when (e is FormatException or KeyNotFoundException or ArgumentException)
        {
            throw Unknown(run, $"has params that this program did not write ({e.Message})");
        }
    }

    private static SplitSpec SpecOf(IReadOnlyDictionary<string, string> values) => new(
        double.Parse(values["split.test"], CultureInfo.InvariantCulture),
        double.Parse(values["split.validation"], CultureInfo.InvariantCulture),
        values.GetValueOrDefault("split.stratifyBy"),
        values.GetValueOrDefault("split.timeColumn"),
        Seed: ulong.Parse(values["split.seed"], CultureInfo.InvariantCulture));

    private static MlOpsException Unknown(Run run, string why) => MlOpsException.Invalid("split-unknown", $"its run '{run.Id}' {why}");
}
