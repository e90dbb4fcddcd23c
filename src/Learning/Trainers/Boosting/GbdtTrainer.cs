using MlOps.Learning.Encoders;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers.Binned;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>Gradient boosted trees on histograms, after XGBoost (Chen and Guestrin 2016) and LightGBM (Ke et al. 2017).</summary>
internal sealed class GbdtTrainer : IResumableTrainer, IBinLearner
{
    public string Name => "gbdt";

    public IReadOnlyList<TrainerParameter> Parameters => GbdtOptions.Declared;

    public IReadOnlyList<ParameterProblem> Contradictions(TrainerParameters parameters) => GbdtOptions.Contradictions(parameters);

    public int Bins(TrainerParameters parameters) => parameters.Integer("bins");

    public int[]? Learned(TrainingSpec spec, TrainerParameters parameters, int rows) =>
        parameters.Text("calibrate") == CalibrationRows.Methods[0] ? null : CalibrationRows.Divide(spec, rows).Learned;

    public IModel Fit(TrainingSpec spec, Table training, Table? validation, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken) =>
        Begin(spec, training, validation, default, cancellationToken).Run(null, progress)!;

    public IFitSession Begin(TrainingSpec spec, Table training, Table? validation, ReadOnlyMemory<byte> checkpoint, CancellationToken cancellationToken)
    {
        var parameters = TrainerParameters.Parse(this, spec.Parameters);
        var options = GbdtOptions.From(parameters);
        string chosen = ObjectiveChoice.For(spec.Task, parameters.Text("objective"));
        MonotoneDirections.Check(parameters.Text("monotone"), spec.Task);
        (Table learned, CalibrationRows? held) = CalibrationRows.Of(Name, parameters.Text("calibrate"), spec, training);
        TrainingSet set = TrainingSet.From(spec, learned, takesBins: true);
        var monotone = MonotoneDirections.Of(parameters.Text("monotone"), set.Signature.Inputs);
        var target = new TargetRows(set.Target, RelativeWeights.Of(set.Weights));
        var objective = ObjectiveChoice.Of(chosen, spec, set.Signature.Classes.Count, target, parameters["quantile"], monotone is not null);
        var workers = new Workers(spec.Threads, cancellationToken);
        FeatureBins[] features = BinFitter.Fit(set.Inputs, set.Signature.Inputs, options.Bins, spec.Seed, workers);
        var data = new GrowerData(BinnedTable.From(set.Inputs, features, workers), features, new HistogramLayout(features), options, monotone);
        ValidationRows? watched = validation is null ? null : Watch(spec, set, validation, features, workers);
        var header = new ModelHeader(TreeModelFormat.Name, Name, set.Signature, parameters.Values, new Dictionary<string, double>(), [])
        {
            TextParameters = parameters.Texts,
            Link = objective.Link,
        };
        var session = new GbdtSession(new Booster(data, objective, target, watched, spec.Seed, workers), header, held);
        session.GoOnFrom(checkpoint);
        return session;
    }

    /// <summary>Rows of classes that training did not have are left out, since no model could score them, and rows without weight. Null when none is left: then nothing is watched.</summary>
    private static ValidationRows? Watch(TrainingSpec spec, TrainingSet set, Table validation, FeatureBins[] features, Workers workers)
    {
        double[] target = TargetEncoder.Encode(spec, set.Signature.Classes, validation);
        double[]? weights = RelativeWeights.Of(TrainingWeights.Of(spec, validation, mayAllBeZero: true));
        int[] known = [.. Enumerable.Range(0, target.Length).Where(i => !double.IsNaN(target[i]) && weights?[i] is not 0)];
        if (known.Length == 0)
            return null;
        Table rows = known.Length == target.Length ? validation : validation.Take(known);
        return new ValidationRows(
            BinnedTable.From(set.Binder.Bind(rows), features, workers),
            new TargetRows([.. known.Select(i => target[i])], weights is null ? null : [.. known.Select(i => weights[i])]));
    }
}
