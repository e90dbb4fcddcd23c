using MlOps.Learning.Encoders;
using MlOps.Learning.Tables;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>Gradient boosted trees on histograms, after XGBoost (Chen and Guestrin 2016) and LightGBM (Ke et al. 2017).</summary>
internal sealed class GbdtTrainer : ITrainer
{
    public string Name => "gbdt";

    public IReadOnlyList<TrainerParameter> Parameters => GbdtOptions.Declared;

    public IReadOnlyList<ParameterProblem> Contradictions(TrainerParameters parameters) => GbdtOptions.Contradictions(parameters);

    public IModel Fit(TrainingSpec spec, Table training, Table? validation, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        var parameters = TrainerParameters.Parse(this, spec.Parameters);
        var options = GbdtOptions.From(parameters);
        TrainingSet set = TrainingSet.From(spec, training);
        var workers = new Workers(spec.Threads, cancellationToken);
        FeatureBins[] features = BinFitter.Fit(set.Inputs, set.Signature.Inputs, options.Bins, spec.Seed, workers);
        var data = new GrowerData(BinnedTable.From(set.Inputs, features, workers), features, new HistogramLayout(features), options);
        var objective = Objective.For(spec.Task, set.Signature.Classes.Count, set.Target);
        ValidationRows? watched = validation is null ? null : Watch(spec, set, validation, features, workers);
        BoostingResult result = new Booster(data, objective, set.Target, spec.Seed, workers).Run(watched, progress);
        return Model(set, parameters, features, objective, result);
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

    private TreeModel Model(TrainingSet set, TrainerParameters parameters, FeatureBins[] features, Objective objective, BoostingResult result)
    {
        var flattener = new TreeFlattener(features, objective.Scale);
        foreach (Node tree in result.Rounds.SelectMany(r => r))
            flattener.Add(tree);
        TreeEnsemble trees = flattener.Ensemble(objective.Start);
        var metadata = new SortedDictionary<string, double>(StringComparer.Ordinal)
        {
            ["rows"] = set.Target.Length,
            ["rounds"] = result.Rounds.Count,
            ["roundsGrown"] = result.RoundsGrown,
        };
        if (result.ValidationLoss is { } loss && double.IsFinite(loss))
            metadata["validationLoss"] = loss;
        var header = new ModelHeader(TreeModelFormat.Name, Name, set.Signature, parameters.Values, metadata, GainImportance(set.Signature, trees));
        return new TreeModel(header, trees);
    }

    private static IReadOnlyList<FeatureImportance> GainImportance(ModelSignature signature, TreeEnsemble trees)
    {
        var gains = new double[signature.Inputs.Count];
        for (int i = 0; i < trees.Nodes.Length; i++)
        {
            if (!trees.Nodes[i].IsLeaf)
                gains[trees.Nodes[i].Input] += trees.Gain[i];
        }

        return Shares.Of(signature, gains);
    }
}
