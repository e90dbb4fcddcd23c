using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Binned;

namespace MlOps.Learning.Encoders;

/// <summary>A training table seen as a spec wants it: checked features, target and weights as numbers, and the signature they give.</summary>
/// <param name="Weights">One a row; null when all rows count alike.</param>
internal sealed record TrainingSet(ModelSignature Signature, InputBinder Binder, BoundInputs Inputs, double[] Target, double[]? Weights)
{
    /// <param name="takesBins">Whether bins will do where the table has no numbers any more.</param>
    /// <exception cref="ArgumentException">They will not.</exception>
    /// <exception cref="MlOpsException">Invalid <c>training-data</c>, <c>training-target</c>, <c>training-weight</c> or <c>training-features</c>.</exception>
    public static TrainingSet From(TrainingSpec spec, Table training, bool takesText = false, bool takesBins = false)
    {
        if (!takesBins && training.Columns.FirstOrDefault(c => c is BinnedColumn) is { } binned)
            throw new ArgumentException($"of column '{binned.Name}' only bins were read, and this trainer learns from numbers", nameof(training));
        if (training.RowCount == 0)
            throw MlOpsException.Invalid("training-data", "the training table has no rows: check the split and the filters before it");
        IReadOnlyList<string> classes = TargetEncoder.FitClasses(spec, training);
        double[] target = TargetEncoder.Encode(spec, classes, training);
        var signature = new ModelSignature(spec.Task, spec.Target, FeatureSelection.Fit(spec, training, takesText), classes);
        var binder = new InputBinder(signature.Inputs);
        return new TrainingSet(signature, binder, binder.Bind(training), target, TrainingWeights.Of(spec, training));
    }
}
