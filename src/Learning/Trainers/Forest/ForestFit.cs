using System.Collections.Concurrent;
using MlOps.Learning.Encoders;
using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Trainers.Forest;

/// <summary>A grown forest.</summary>
/// <param name="Gains">By input.</param>
/// <param name="Facts">Of the fit: rows, trees, nodes and, where rows were drawn with replacement, <c>oobRows</c> with <c>oobAccuracy</c> or <c>oobR2</c>.</param>
internal sealed record ForestFit(TreeEnsemble Trees, double[] Gains, IReadOnlyDictionary<string, double> Facts)
{
    private const ulong TreeStream = 3UL << 32;

    /// <summary>Trees between two reports, which also wait as they were grown until those before them are added.</summary>
    private const int Batch = 16;

    public static ForestFit Grow(ForestOptions options, TrainingSet set, TrainingSpec spec, IProgress<TrainingProgress>? progress, Workers workers)
    {
        (ForestData data, double start) = ForestInput.Of(options, set, spec, workers);
        var outOfBag = options.Bootstrap ? new OutOfBag(data) : null;
        var flattener = new ForestFlattener(data, options.Trees);
        var growers = new ConcurrentBag<ForestGrower>();
        for (int done = 0; done < options.Trees; done += Batch)
        {
            var grown = new (ForestTree Tree, byte[] Drawn)[Math.Min(Batch, options.Trees - done)];
            workers.Run(grown.Length, i => grown[i] = Grow(data, growers, SeededRandom.Derive(spec.Seed, TreeStream + (ulong)(done + i)), workers.Token));
            outOfBag?.Add(grown, workers);
            foreach ((ForestTree tree, _) in grown)
                flattener.Add(tree);
            progress?.Report(new TrainingProgress(done + grown.Length, options.Trees, null, null));
        }

        TreeEnsemble trees = flattener.Ensemble([.. Enumerable.Repeat(start, data.Outputs)]);
        return new ForestFit(trees, flattener.Gains, FactsOf(set, trees, options, outOfBag?.Result(spec.Task)));
    }

    private static (ForestTree Tree, byte[] Drawn) Grow(ForestData data, ConcurrentBag<ForestGrower> growers, SeededRandom random, CancellationToken cancellationToken)
    {
        if (!growers.TryTake(out ForestGrower? grower))
            grower = new ForestGrower(data);
        byte[] drawn = RowDraw.Of(data.Options, data.Table.RowCount, random);
        ForestTree tree = grower.Grow(drawn, random, cancellationToken);
        growers.Add(grower);
        return (tree, drawn);
    }

    private static SortedDictionary<string, double> FactsOf(TrainingSet set, TreeEnsemble trees, ForestOptions options, (int Rows, double Score)? outOfBag)
    {
        var facts = new SortedDictionary<string, double>(StringComparer.Ordinal)
        {
            ["rows"] = set.Target.Length,
            ["trees"] = options.Trees,
            ["nodes"] = trees.Nodes.Length,
        };
        if (outOfBag is { Rows: > 0 } seen && double.IsFinite(seen.Score))
        {
            facts["oobRows"] = seen.Rows;
            facts[set.Signature.Task == LearningTask.Regression ? "oobR2" : "oobAccuracy"] = seen.Score;
        }

        return facts;
    }
}

/// <summary>Brings a training set into the form that trees are grown from.</summary>
internal static class ForestInput
{
    /// <returns>The data, and the number that all trees start from.</returns>
    public static (ForestData Data, double Start) Of(ForestOptions options, TrainingSet set, TrainingSpec spec, Workers workers)
    {
        int classes = spec.Task == LearningTask.Multiclass ? set.Signature.Classes.Count : 0;
        (double[]? weights, double meanWeight) = set.Weights is null ? (null, 1) : Scaled(set.Weights);
        double mean = spec.Task == LearningTask.Regression ? WeightedMean.Of(set.Target, weights) : 0;
        double[] target = mean == 0 ? set.Target : [.. set.Target.Select(y => y - mean)];
        FeatureBins[] features = BinFitter.Fit(set.Inputs, set.Signature.Inputs, options.Bins, spec.Seed, workers);
        var table = BinnedTable.From(set.Inputs, features, workers);
        var data = new ForestData(table, features, target, weights, classes, options, options.Tried(features.Length, spec.Task))
        {
            MeanWeight = meanWeight,
            IsShare = spec.Task != LearningTask.Regression,
        };
        return (data, mean);
    }

    /// <summary>
    /// Weights about 1, whatever unit they are given in: divided by the power of two below their mean over the rows that weigh, so that
    /// whole numbers keep all their digits. A weight below 1e-45 of the mean counts as 0.
    /// </summary>
    private static (double[] Weights, double Mean) Scaled(double[] weights)
    {
        double mean = weights.Sum() / weights.Count(w => w > 0);
        int power = Math.ILogB(mean);
        return ([.. weights.Select(w => (double)(float)Math.ScaleB(w, -power))], Math.ScaleB(mean, -power));
    }
}
