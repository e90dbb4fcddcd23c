using Microsoft.ML;
using MlOps.Learning.Encoders;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Linear;

namespace MlOps.MlNet;

/// <summary>
/// What all families share: checked parameters, the encoding, text features, the target's scale, and the model file. A fit is
/// deterministic: the seed decides all that is random, and each family runs in a way in which threads cannot change a sum.
/// </summary>
internal abstract class MlNetTrainer(string name, IReadOnlyList<TrainerParameter> own) : ITrainer
{
    public string Name => name;

    public IReadOnlyList<TrainerParameter> Parameters { get; } = [.. own, TextFeatures.Declared];

    public long WorkingBytes(TrainingShape shape, TrainerParameters parameters)
    {
        EncodedSize size = Size(shape, parameters);
        return size.Source + OwnBytes(size, parameters);
    }

    public virtual TimeSpan? Unstoppable(TrainingShape shape, TrainerParameters parameters) => null;

    public IModel Fit(TrainingSpec spec, Table training, Table? validation, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        var parameters = TrainerParameters.Parse(this, spec.Parameters);
        TrainingWeights.Refuse(spec, Name);
        TrainingSet set = TrainingSet.From(spec, training, takesText: true);
        var workers = new Workers(spec.Threads, cancellationToken);
        TargetScale scale = Scale(spec, set.Target);
        var source = new FittingSource(spec, set, scale, LinearEncoding.Fit(set.Inputs, set.Signature.Inputs, workers), workers);
        byte[] zip = FitZip(source, parameters, validation, cancellationToken);
        progress?.Report(new TrainingProgress(1, 1, null, null));
        return Model(source, training, parameters, zip, cancellationToken);
    }

    /// <summary>Bytes that the learner keeps besides the rows it reads.</summary>
    protected abstract long OwnBytes(EncodedSize size, TrainerParameters parameters);

    protected static EncodedSize Size(TrainingShape shape, TrainerParameters parameters) => new(shape, parameters.Integer(TextFeatures.Parameter));

    /// <summary>Fits the family's learner; for a binary task its last transformer must give `Probability`.</summary>
    protected abstract ITransformer Fit(Fitting fitting);

    /// <summary>How a regression target is brought to a size that ML.NET's single precision and its tolerances are made for.</summary>
    /// <exception cref="MlOpsException">Invalid <c>training-target</c>: the family cannot learn such a target.</exception>
    protected virtual TargetScale Scale(TrainingSpec spec, double[] target) => TargetScale.Of(spec.Task, target);

    private byte[] FitZip(FittingSource source, TrainerParameters parameters, Table? validation, CancellationToken cancellationToken)
    {
        try
        {
            MLContext ml = new MLContext(MlContexts.Seed(source.Spec.Seed));
            using CancellationTokenRegistration stop = cancellationToken.Register(() => MlContexts.Cancel(ml));
            (Fitting fitting, ITransformer? texts) = source.Prepare(ml, parameters, validation, cancellationToken);
            ITransformer fitted = Fit(fitting);
            return ModelZip.Save(ml, texts is null ? fitted : texts.Append(fitted));
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (Exception e) when (FitErrors.Explain(Name, source.Set.Target.Length, e) is { } explained)
        {
            throw explained;
        }
    }

    private MlNetModel Model(FittingSource source, Table training, TrainerParameters parameters, byte[] zip, CancellationToken cancellationToken)
    {
        var metadata = new SortedDictionary<string, double>(StringComparer.Ordinal) { ["rows"] = training.RowCount };
        var header = new ModelHeader(MlNetModelFormat.Name, Name, source.Set.Signature, parameters.Values, metadata, []);
        var parts = new MlNetParts(source.Encoding, source.Scale, zip);
        IReadOnlyList<FeatureImportance> importance = PermutationImportance.Of(new MlNetModel(header, parts), training, source.Spec.Seed, cancellationToken);
        return new MlNetModel(header with { Importance = importance }, parts);
    }
}
