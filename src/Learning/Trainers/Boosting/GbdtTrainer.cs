using MlOps.Learning.Encoders;
using MlOps.Learning.Tables;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>Gradient boosted trees on histograms, after XGBoost (Chen and Guestrin 2016) and LightGBM (Ke et al. 2017).</summary>
internal sealed class GbdtTrainer : IResumableTrainer
{
    public string Name => "gbdt";

    public IReadOnlyList<TrainerParameter> Parameters => GbdtOptions.Declared;

    public IReadOnlyList<ParameterProblem> Contradictions(TrainerParameters parameters) => GbdtOptions.Contradictions(parameters);

    public IModel Fit(TrainingSpec spec, Table training, Table? validation, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken) =>
        Begin(spec, training, validation, default, cancellationToken).Run(null, progress)!;

    public IFitSession Begin(TrainingSpec spec, Table training, Table? validation, ReadOnlyMemory<byte> checkpoint, CancellationToken cancellationToken)
    {
        var parameters = TrainerParameters.Parse(this, spec.Parameters);
        var options = GbdtOptions.From(parameters);
        RowWeights.Refuse(spec, Name);
        TrainingSet set = TrainingSet.From(spec, training);
        var workers = new Workers(spec.Threads, cancellationToken);
        FeatureBins[] features = BinFitter.Fit(set.Inputs, set.Signature.Inputs, options.Bins, spec.Seed, workers);
        var data = new GrowerData(BinnedTable.From(set.Inputs, features, workers), features, new HistogramLayout(features), options);
        var objective = Objective.For(spec.Task, set.Signature.Classes.Count, set.Target);
        ValidationRows? watched = validation is null ? null : Watch(spec, set, validation, features, workers);
        var session = new GbdtSession(
            new Booster(data, objective, set.Target, watched, spec.Seed, workers),
            new ModelHeader(TreeModelFormat.Name, Name, set.Signature, parameters.Values, new Dictionary<string, double>(), []));
        session.GoOnFrom(checkpoint);
        return session;
    }

    /// <summary>Rows of classes that training did not have are left out: no model could score them.</summary>
    private static ValidationRows? Watch(TrainingSpec spec, TrainingSet set, Table validation, FeatureBins[] features, Workers workers)
    {
        double[] target = TargetEncoder.Encode(spec, set.Signature.Classes, validation);
        int[] known = [.. Enumerable.Range(0, target.Length).Where(i => !double.IsNaN(target[i]))];
        if (known.Length == 0)
            return null;
        Table rows = known.Length == target.Length ? validation : validation.Take(known);
        return new ValidationRows(
            BinnedTable.From(set.Binder.Bind(rows), features, workers),
            [.. known.Select(i => target[i])]);
    }
}
