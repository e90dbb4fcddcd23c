using Microsoft.ML;
using MlOps.Learning.Encoders;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Linear;

namespace MlOps.MlNet;

/// <summary>The tables of one fit on their way to what a family gets.</summary>
internal sealed record FittingSource(TrainingSpec Spec, TrainingSet Set, TargetScale Scale, LinearEncoding Encoding, Workers Workers)
{
    /// <returns>The fitting, and the text transformer that a model needs in front of the learner (null without texts).</returns>
    public (Fitting Fitting, ITransformer? Texts) Prepare(MLContext ml, TrainerParameters parameters, Table? validation, CancellationToken cancellationToken)
    {
        var encoded = EncodedTable.Of(Set.Inputs, Encoding, Workers);
        ITransformer? texts = encoded.Texts.Count == 0
            ? null
            : TextFeatures.Fit(ml, encoded.View(cancellationToken), encoded.Texts.Count, parameters.Integer(TextFeatures.Parameter));
        RowFeatures features = Features(encoded, texts, cancellationToken);
        double[] target = Scale.Apply(Set.Target);
        var fitting = new Fitting(
            ml,
            Spec.Task,
            parameters,
            MlContexts.Seed(Spec.Seed),
            features,
            target,
            Labelled(features, target, cancellationToken),
            validation is null ? null : Watch(validation, texts, cancellationToken),
            cancellationToken);
        return (fitting, texts);
    }

    private RowView Labelled(RowFeatures features, double[] target, CancellationToken cancellationToken) =>
        RowView.Of(features, new RowLabels(Spec.Task, Set.Signature.Classes.Count, target), cancellationToken);

    private static RowFeatures Features(EncodedTable encoded, ITransformer? texts, CancellationToken cancellationToken) =>
        texts is null ? encoded.Features : TextFeatures.Apply(texts, encoded.View(cancellationToken));

    /// <summary>Rows of classes that training did not have are left out: no model could score them.</summary>
    private RowView? Watch(Table validation, ITransformer? texts, CancellationToken cancellationToken)
    {
        double[] target = TargetEncoder.Encode(Spec, Set.Signature.Classes, validation);
        int[] known = [.. Enumerable.Range(0, target.Length).Where(i => !double.IsNaN(target[i]))];
        if (known.Length == 0)
            return null;
        var encoded = EncodedTable.Of(Set.Binder.Bind(validation.Take(known)), Encoding, Workers);
        return Labelled(Features(encoded, texts, cancellationToken), Scale.Apply([.. known.Select(i => target[i])]), cancellationToken);
    }
}
