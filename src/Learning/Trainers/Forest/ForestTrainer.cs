using MlOps.Learning.Encoders;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers.Binned;
using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Trainers.Forest;

/// <summary>
/// Random forests (Breiman 2001) and extremely randomised trees (Geurts, Ernst and Wehenkel 2006) on the bins of `gbdt`. The model is an
/// average of class shares or of numbers; contributions are in that unit, too.
/// </summary>
internal sealed class ForestTrainer : IBinLearner
{
    public string Name => "forest";

    public IReadOnlyList<TrainerParameter> Parameters => ForestOptions.Declared;

    /// <summary>The rows of a tree for each thread, and the nodes: of full trees some two for each row and tree.</summary>
    public long WorkingBytes(TrainingShape shape, TrainerParameters parameters)
    {
        var options = ForestOptions.From(parameters);
        double leaves = Math.Min(shape.Rows * 0.4 / options.MinLeafRows, Math.Pow(2, options.DepthLimit));
        return shape.Plain + (long)(48 * 2 * leaves * options.Trees) + (48 * shape.Rows * Environment.ProcessorCount);
    }

    public int Bins(TrainerParameters parameters) => ForestOptions.From(parameters).Bins;

    public int[]? Learned(TrainingSpec spec, TrainerParameters parameters, int rows) => null;

    public IModel Fit(TrainingSpec spec, Table training, Table? validation, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        var parameters = TrainerParameters.Parse(this, spec.Parameters);
        TrainingSet set = TrainingSet.From(spec, training, takesBins: true);
        var workers = new Workers(spec.Threads, cancellationToken);
        ForestFit fit = ForestFit.Grow(ForestOptions.From(parameters), set, spec, progress, workers);
        return new TreeModel(HeaderOf(Name, set, parameters, fit), fit.Trees);
    }

    internal static ModelHeader HeaderOf(string trainer, TrainingSet set, TrainerParameters parameters, ForestFit fit) =>
        new(TreeModelFormat.Name, trainer, set.Signature, parameters.Values, fit.Facts, Shares.Of(set.Signature, fit.Gains))
        {
            Link = OutputLink.Identity,
            TextParameters = parameters.Texts,
        };
}
