using System.Globalization;
using MlOps.Domain.Datasets;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Training;

/// <summary>Holds what a training will take, as far as its trainer and the profile of its data tell, against what the host allows.</summary>
internal sealed class TrainingNeed(TrainingJob job, DatasetVersion data, TableProfile profile, ITrainer trainer)
{
    /// <summary>A category of fewer levels is not worth a word.</summary>
    private const int ManyLevels = 100;

    private readonly TrainerParameters _parameters = TrainerParameters.Parse(trainer, job.Spec.Parameters);
    private readonly IReadOnlyList<ColumnProfile> _inputs = Inputs(job.Spec, profile);

    public TrainingShape Shape => ShapeOf(_inputs);

    /// <summary>See <see cref="MemoryEstimate"/>.</summary>
    public long Bytes => BytesOf(_inputs);

    /// <param name="inPieces">It may hand over between two fits.</param>
    /// <exception cref="MlOpsException">TooLarge <c>instance-too-small</c>, <c>training-too-long</c>.</exception>
    public void Check(TrainingLimits limits, bool inPieces)
    {
        if (limits.Memory is { } has && Bytes > has)
            throw TooSmall(limits.Advice, has);
        if (limits.Time is { } time && trainer.Unstoppable(Shape, _parameters) is { } fit && fit * (inPieces ? 2 : job.Split.Folds + 1) > time)
            throw TooLong(limits.Advice, fit, time);
    }

    private MlOpsException TooSmall(string advice, long has) => MlOpsException.TooLarge(
        "instance-too-small",
        $"training '{job.Trainer}' on {data.Ref} ({data.Rows:N0} rows, {data.Schema.Columns.Count} columns) needs about {Show(Bytes)} of memory, there are {Show(has)}: "
        + $"{advice}, or train on a sample of the rows or on fewer columns{Widest()}{(job.Split.Folds > 0 ? ", or without cross-validation" : "")}");

    private MlOpsException TooLong(string advice, TimeSpan fit, TimeSpan time) => MlOpsException.TooLarge(
        "training-too-long",
        $"training '{job.Trainer}' on {data.Ref} ({data.Rows:N0} rows) may take {fit.TotalMinutes:0.#} minutes a fit, cannot be stopped meanwhile, and this host ends what takes longer than {time.TotalMinutes:0.#}: "
        + $"{advice}, or use fewer iterations, a sample of the rows or fewer columns, or a trainer that can be stopped");

    /// <summary>The column that costs most where that is much: often an id that slipped in.</summary>
    private string Widest()
    {
        ColumnProfile? widest = _inputs.Where(c => c.Type == ColumnType.Text || (c.Type == ColumnType.Category && c.Distinct >= ManyLevels))
            .MaxBy(c => Bytes - BytesOf([.. _inputs.Where(other => other != c)]));
        return widest is null ? "" : $" (first of all without '{widest.Name}', a {widest.Type.ToString().ToLowerInvariant()} of {widest.Distinct:N0} values)";
    }

    private long BytesOf(IReadOnlyList<ColumnProfile> inputs) => MemoryEstimate.Bytes(data, job.Split, trainer.WorkingBytes(ShapeOf(inputs), _parameters), TrainingRows.NumberBytes(trainer));

    private TrainingShape ShapeOf(IReadOnlyList<ColumnProfile> inputs)
    {
        ColumnProfile[] categories = [.. inputs.Where(c => c.Type == ColumnType.Category)], numbers = [.. inputs.Where(c => c.Type is not (ColumnType.Category or ColumnType.Text))];
        int texts = inputs.Count - categories.Length - numbers.Length;
        int outputs = job.Spec.Task == LearningTask.Multiclass ? Math.Max(2, profile.Find(job.Spec.Target)?.Distinct ?? 2) : 1;
        return new(
            data.Rows, numbers.Sum(WithMissing), categories.Length, categories.Sum(c => (long)c.Distinct + (c.Missing > 0 ? 1 : 0)), texts, texts > 0 ? data.Bytes : 0, outputs);
    }

    private static int WithMissing(ColumnProfile number) => number.Missing > 0 ? 2 : 1;

    private static IReadOnlyList<ColumnProfile> Inputs(TrainingSpec spec, TableProfile profile) =>
        [.. profile.Columns.Where(c => c.Name != spec.Target && c.Name != spec.Weight && (spec.Features.Count == 0 || spec.Features.Contains(c.Name)))];

    private static string Show(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.0} GB");
}
