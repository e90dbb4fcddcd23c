using System.Globalization;
using MlOps.Learning.Metrics;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Training;

/// <summary>One comparison of all families on the same folds.</summary>
internal sealed class FamilyContest
{
    /// <summary>Share of all rows that a fold holds out of its training rows, where a family stops by them.</summary>
    private const double Watched = 0.1;

    private readonly TrainerCatalog _trainers;
    private readonly TrainingSpec _spec;
    private readonly Table _rows;
    private readonly IProgress<TrainingProgress>? _progress;
    private readonly CancellationToken _cancellationToken;
    private readonly MetricInfo _metric;
    private readonly IReadOnlyList<DataSplit> _folds;
    private int _fits;

    public FamilyContest(
        TrainerCatalog trainers, TrainingSpec spec, Table rows, int folds, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        (_trainers, _spec, _rows, _progress, _cancellationToken) = (trainers, spec, rows, progress, cancellationToken);
        _metric = MetricCatalog.DefaultFor(spec.Task);
        _folds = DataSplitter.Folds(rows, new SplitSpec(Validation: Watched, Folds: folds, Seed: spec.Seed), spec.Target, spec.Task);
    }

    private int Stages => (AutoFamily.All.Count * _folds.Count) + 1;

    public AutoReport Run()
    {
        double[] nothing = [.. _folds.Select(fold => Score(BaselineFigures.Fit(_trainers, _spec, Training(fold)), fold))];
        (AutoFamily Family, double[] Scores, int? Rounds)[] all = [.. AutoFamily.All.Select(Measure)];
        double[] best = all.MaxBy(f => _metric.Gain(f.Scores.Average(), 0)).Scores;
        FamilyScore[] families = [.. all.Select(f => Describe(f.Family.Trainer, f.Family.Parameters, f.Scores, nothing, best, f.Rounds))];
        FamilyScore baseline = Describe(BaselineFigures.Trainer, new Dictionary<string, string>(), nothing, nothing, best, null);
        (FamilyScore chosen, string reason) = FamilyChoice.Of(_metric, families);
        return new AutoReport(_metric.Name, _metric.HigherIsBetter, _folds.Count, baseline, families, chosen.Trainer, reason);
    }

    /// <summary>The chosen family on all rows.</summary>
    public IModel Refit(AutoReport report)
    {
        FamilyScore chosen = report.Families.First(f => f.Trainer == report.Chosen);
        var parameters = new SortedDictionary<string, string>(chosen.Parameters.ToDictionary(), StringComparer.Ordinal);
        if (chosen.Rounds is { } rounds)
        {
            parameters.Remove("earlyStop");
            parameters["trees"] = rounds.ToString(CultureInfo.InvariantCulture);
        }

        return Fit(chosen.Trainer, parameters, _rows, null);
    }

    private (AutoFamily Family, double[] Scores, int? Rounds) Measure(AutoFamily family)
    {
        var scores = new double[_folds.Count];
        var rounds = new List<double>();
        for (int k = 0; k < scores.Length; k++)
        {
            DataSplit fold = _folds[k];
            IModel model = family.StopsEarly
                ? Fit(family.Trainer, family.Parameters, _rows.Take(fold.Train), _rows.Take(fold.Validation))
                : Fit(family.Trainer, family.Parameters, Training(fold), null);
            scores[k] = Score(model, fold);
            if (family.StopsEarly)
                rounds.Add(Rounds(model));
        }

        return (family, scores, rounds.Count > 0 ? Math.Max(1, (int)Math.Round(rounds.Average())) : null);
    }

    private Table Training(DataSplit fold) => _rows.Take([.. fold.Train.Concat(fold.Validation).Order()]);

    private IModel Fit(string trainer, IReadOnlyDictionary<string, string> parameters, Table training, Table? validation)
    {
        _cancellationToken.ThrowIfCancellationRequested();
        var stage = new StageProgress(_progress, _fits++, Stages);
        return _trainers.Get(trainer).Fit(_spec with { Parameters = parameters }, training, validation, stage, _cancellationToken);
    }

    /// <exception cref="MlOpsException">Invalid <c>auto-metric</c>: a fold does not tell.</exception>
    private double Score(IModel model, DataSplit fold)
    {
        MetricSet metrics = ModelMetrics.Compute(model, _rows.Take(fold.Test), _spec.Target, _spec.Weight);
        return metrics.Find(_metric.Name) ?? throw MlOpsException.Invalid(
            "auto-metric", $"{_metric.Name} cannot be computed on a fold of {fold.Test.Length} rows ({metrics.WhyAbsent(_metric.Name)}): use fewer folds, or more rows");
    }

    private FamilyScore Describe(string trainer, IReadOnlyDictionary<string, string> parameters, double[] scores, double[] nothing, double[] best, int? rounds)
    {
        MetricSpread spread = MetricSpread.Of(scores);
        double half = StudentT.Quantile975(scores.Length - 1) * spread.StandardDeviation / Math.Sqrt(scores.Length);
        return new FamilyScore(
            trainer, parameters, spread.Mean, spread.Mean - half, spread.Mean + half, Difference.Of(_metric, scores, nothing), Difference.Of(_metric, best, scores), rounds);
    }

    /// <summary>Rounds that early stopping kept, which only the model's file tells.</summary>
    private static double Rounds(IModel model)
    {
        using var file = new MemoryStream();
        model.Save(file);
        return ModelFile.Read(file.ToArray()).Header.Metadata["rounds"];
    }
}
