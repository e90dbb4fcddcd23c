using System.Collections.Concurrent;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>The rows whose loss decides when to stop.</summary>
internal sealed record ValidationRows(BinnedTable Table, double[] Target);

/// <summary>The rounds that are kept, in order; each has a tree per output.</summary>
internal sealed record BoostingResult(IReadOnlyList<Node[]> Rounds, int RoundsGrown, double? ValidationLoss);

/// <summary>Adds trees that each follow the gradient of the loss at the sum of those before (Friedman 2001, with Newton leaves).</summary>
internal sealed class Booster(GrowerData data, Objective objective, double[] target, ulong seed, Workers workers)
{
    private const int RowsPerItem = 8192;

    private readonly GbdtOptions _options = data.Options;
    private readonly RowSampler _sampler = new(data.Options, seed);
    private readonly ScoreBoard _training = new(data.Table, objective, target);
    private readonly GradientPair[] _gradients = new GradientPair[CellCount.Of(target.Length, objective.Outputs, "classes")];
    private readonly ConcurrentBag<TreeGrower> _growers = [];

    public BoostingResult Run(ValidationRows? validation, IProgress<TrainingProgress>? progress)
    {
        ScoreBoard? watched = validation is null ? null : new ScoreBoard(validation.Table, objective, validation.Target);
        var rounds = new List<Node[]>();
        double least = double.PositiveInfinity;
        int best = 0;
        for (int round = 0; round < _options.Trees; round++)
        {
            Node[] trees = Grow(round);
            rounds.Add(trees);
            watched?.Add(trees, workers);
            double? loss = watched?.Loss(workers);
            if (loss < least)
                (least, best) = (loss.Value, rounds.Count);
            progress?.Report(new TrainingProgress(rounds.Count, _options.Trees, _training.Loss(workers), loss));
            if (Stops(loss, rounds.Count - best))
                return new BoostingResult(rounds[..best], rounds.Count, least);
        }

        return _options.EarlyStop > 0 && watched is not null
            ? new BoostingResult(rounds[..best], rounds.Count, least)
            : new BoostingResult(rounds, rounds.Count, watched?.Loss(workers));
    }

    private bool Stops(double? loss, int roundsSinceBest) => _options.EarlyStop > 0 && loss is not null && roundsSinceBest >= _options.EarlyStop;

    private Node[] Grow(int round)
    {
        workers.RunRanges(target.Length, RowsPerItem, (_, from, to) => objective.Gradients(_training.Scores, target, _gradients, from, to));
        int[] rows = _sampler.Rows(round, target.Length);
        var trees = new Node[objective.Outputs];
        // The trees of a round do not see each other, so with several of them each is grown by one thread.
        if (objective.Outputs > 1)
            workers.Run(trees.Length, k => trees[k] = Grow(round, k, rows, workers.Single()));
        else
            trees[0] = Grow(round, 0, rows, workers);
        return trees;
    }

    private Node Grow(int round, int output, int[] rows, Workers own)
    {
        int[] features = _sampler.Features((round * objective.Outputs) + output, data.Features.Length);
        if (!_growers.TryTake(out TreeGrower? grower))
            grower = new TreeGrower(data);
        Node tree = grower.Grow(new TreeTask(rows, features, _gradients, output * target.Length), own);
        _training.Add(tree, output, grower.Rows, rows);
        _growers.Add(grower);
        return tree;
    }
}

/// <summary>Draws the rows of a round and the features of a tree.</summary>
internal sealed class RowSampler(GbdtOptions options, ulong seed)
{
    private const ulong RowStream = 1UL << 32;
    private const ulong FeatureStream = 2UL << 32;

    private int[] _all = [];

    public int[] Rows(int round, int total) => options.Subsample < 1
        ? SeededRandom.Derive(seed, RowStream + (ulong)round).Sample(total, Share(options.Subsample, total))
        : All(total);

    public int[] Features(int tree, int total) => options.ColumnSample < 1
        ? SeededRandom.Derive(seed, FeatureStream + (ulong)tree).Sample(total, Share(options.ColumnSample, total))
        : [.. Enumerable.Range(0, total)];

    private int[] All(int total) => _all.Length == total ? _all : _all = [.. Enumerable.Range(0, total)];

    private static int Share(double share, int total) => Math.Clamp((int)Math.Round(share * total), 1, total);
}
