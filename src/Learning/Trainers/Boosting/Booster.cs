using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>The rows whose loss decides when to stop.</summary>
internal sealed record ValidationRows(BinnedTable Table, TargetRows Target);

/// <summary>The trees of the rounds that are kept.</summary>
internal sealed record BoostingResult(TreeEnsemble Trees, int Rounds, int RoundsGrown, double? ValidationLoss);

/// <summary>What a round came to; NaN where nobody asked, or nothing is watched.</summary>
internal readonly record struct RoundLoss(double Training, double Validation);

/// <summary>
/// Adds trees that each follow the gradient of the loss at the sum of those before (Friedman 2001, with Newton leaves). Between two rounds
/// its state is the trees, the scores and the losses: the scores are kept too, since adding all trees up again would take a part of the
/// time of growing them, more with every piece of a long fit.
/// </summary>
internal sealed class Booster(GrowerData data, Objective objective, TargetRows target, ValidationRows? validation, ulong seed, Workers workers)
{
    private const int RowsPerItem = 8192;

    private readonly GbdtOptions _options = data.Options;
    private readonly RowSampler _sampler = new(data.Options, seed);
    private readonly ScoreBoard _training = new(data.Table, objective, target);
    private readonly ScoreBoard? _watched = validation is null ? null : new ScoreBoard(validation.Table, objective, validation.Target);
    private readonly LeafPenalty _penalty = new(data.Options.L1, data.Options.L2);
    private readonly GradientPair[] _derivatives = new GradientPair[CellCount.Of(target.Count, objective.Outputs, "classes")];
    private readonly long[] _packed = new long[CellCount.Of(target.Count, objective.Outputs, "classes")];
    private readonly ConcurrentBag<TreeGrower> _growers = [];
    private readonly List<RoundLoss> _losses = [];
    private int _reported;
    private double _least = double.PositiveInfinity;
    private int _best;

    public int Rows => target.Count;

    public TreeFlattener Trees { get; } = new(data.Features, objective.Scale);

    /// <summary>About what <see cref="Save"/> adds, with the trees.</summary>
    public long StateBytes => (8L * (_training.Scores.Length + (_watched?.Scores.Length ?? 0))) + Trees.Bytes;

    private bool StopsEarly => _options.EarlyStop > 0 && _watched is not null;

    private bool HasEnded => _losses.Count == _options.Trees || (StopsEarly && _losses.Count - _best >= _options.EarlyStop);

    /// <returns>False when paused.</returns>
    public bool Run(Func<bool>? pause, IProgress<TrainingProgress>? progress)
    {
        Report(progress);
        while (!HasEnded)
        {
            Advance(withLoss: progress is not null);
            Report(progress);
            if (!HasEnded && pause is not null && pause())
                return false;
        }

        return true;
    }

    public BoostingResult Result()
    {
        int kept = StopsEarly ? _best : _losses.Count;
        Trees.Keep(kept * objective.Outputs);
        double? loss = _watched is null ? null : StopsEarly ? _least : _losses[^1].Validation;
        return new BoostingResult(Trees.Ensemble(objective.Start), kept, _losses.Count, loss);
    }

    /// <summary>All that decides the trees to come, besides the parameters.</summary>
    public void Identify(IncrementalHash hash)
    {
        hash.AppendData(BitConverter.GetBytes(seed));
        foreach (FeatureBins feature in data.Features)
        {
            hash.AppendData(BitConverter.GetBytes(feature.Count));
            hash.AppendData(feature.Definition);
        }

        Identify(hash, data.Table, target);
        if (validation is not null)
            Identify(hash, validation.Table, validation.Target);
    }

    public void Save(ModelContent content) => content
        .Add<RoundLoss>("losses", CollectionsMarshal.AsSpan(_losses))
        .Add<double>("scores", _training.Scores)
        .Add<double>("watched", _watched?.Scores ?? []);

    /// <exception cref="MlOpsException">Invalid <c>model-file</c>: it is no state of such a fit. Nothing has changed then.</exception>
    public void Restore(ModelContent content, IReadOnlyList<FeatureSignature> inputs)
    {
        TreeEnsemble trees = TreeModelFormat.Trees(content, inputs);
        double[] scores = content.Get<double>("scores"), watched = content.Get<double>("watched");
        RoundLoss[] losses = content.Get<RoundLoss>("losses");
        if (scores.Length != _training.Scores.Length || watched.Length != (_watched?.Scores.Length ?? 0) || trees.Roots.Length != losses.Length * objective.Outputs)
            throw ModelFile.Damaged("its sections differ in length");
        scores.CopyTo(_training.Scores, 0);
        watched.CopyTo(_watched?.Scores ?? [], 0);
        foreach (RoundLoss loss in losses)
            Note(loss);
        Trees.Restore(trees);
    }

    private static void Identify(IncrementalHash hash, BinnedTable table, TargetRows target)
    {
        hash.AppendData(BitConverter.GetBytes(table.RowCount));
        hash.AppendData(table.Bins);
        hash.AppendData(MemoryMarshal.AsBytes(target.Values.AsSpan()));
        hash.AppendData(MemoryMarshal.AsBytes(target.Weights.AsSpan()));
    }

    private void Advance(bool withLoss)
    {
        Node[] trees = Grow(_losses.Count);
        foreach (Node tree in trees)
            Trees.Add(tree);
        _watched?.Add(trees, workers);
        Note(new RoundLoss(withLoss ? _training.Loss(workers) : double.NaN, _watched?.Loss(workers) ?? double.NaN));
    }

    private void Note(RoundLoss loss)
    {
        _losses.Add(loss);
        if (loss.Validation < _least)
            (_least, _best) = (loss.Validation, _losses.Count);
    }

    private void Report(IProgress<TrainingProgress>? progress)
    {
        while (progress is not null && _reported < _losses.Count)
        {
            RoundLoss loss = _losses[_reported++];
            progress.Report(new TrainingProgress(
                _reported, _options.Trees, double.IsNaN(loss.Training) ? null : loss.Training, _watched is null ? null : loss.Validation));
        }
    }

    private Node[] Grow(int round)
    {
        (GradientUnits Units, HeavyRows Heavy) derived = Derive(round);
        int[] rows = _sampler.Rows(round, target.Count);
        var trees = new Node[objective.Outputs];
        // The trees of a round do not see each other, so with several of them each is grown by one thread.
        if (objective.Outputs > 1)
            workers.Run(trees.Length, k => trees[k] = Grow(round, k, rows, derived, workers.Single()));
        else
            trees[0] = Grow(round, 0, rows, derived, workers);
        return trees;
    }

    /// <summary>Packs the derivatives at the present scores.</summary>
    private (GradientUnits Units, HeavyRows Heavy) Derive(int round)
    {
        var sizes = new GradientSizes[Workers.Ranges(target.Count, RowsPerItem)];
        workers.RunRanges(target.Count, RowsPerItem, (i, from, to) =>
        {
            objective.Derive(_training.Scores, target, _derivatives, from, to);
            sizes[i] = new GradientSizes();
            for (int k = 0; k < objective.Outputs; k++)
                sizes[i].Add(_derivatives.AsSpan((k * target.Count) + from, to - from));
        });
        GradientScale scale = GradientSizes.Scale(sizes, target.Count);
        ulong chance = _sampler.Rounding(round);
        var heavy = new List<HeavyRow>[Workers.Ranges(_packed.Length, RowsPerItem)];
        workers.RunRanges(_packed.Length, RowsPerItem, (i, from, to) =>
            heavy[i] = GradientPacking.Pack(_derivatives.AsSpan(from, to - from), _packed.AsSpan(from, to - from), scale, chance, from));
        return (scale.Units, new HeavyRows([.. heavy.SelectMany(h => h)]));
    }

    private Node Grow(int round, int output, int[] rows, (GradientUnits Units, HeavyRows Heavy) derived, Workers own)
    {
        int number = (round * objective.Outputs) + output;
        int[] features = _sampler.Features(number, data.Features.Length);
        if (!_growers.TryTake(out TreeGrower? grower))
            grower = new TreeGrower(data);
        Node tree = grower.Grow(new TreeTask(rows, features, _packed, output * target.Count, derived.Units, derived.Heavy, CategoryOrder.LeastWeight(objective.HessianAtStart(output)), _sampler.OfTree(number)), own);
        SetValues(tree, output, grower.Rows, own);
        _training.Add(tree, output, grower.Rows, rows, own);
        _growers.Add(grower);
        return tree;
    }

    private void SetValues(Node tree, int output, int[] byLeaf, Workers own)
    {
        List<Node> leaves = tree.Leaves();
        own.Run(leaves.Count, i =>
        {
            ReadOnlySpan<int> rows = byLeaf.AsSpan(leaves[i].Start, leaves[i].Count);
            leaves[i].Value = objective.HasLeafValues
                ? _options.LearningRate * objective.LeafValue(rows, _training.Scores, target)
                : NewtonStep(leaves[i].Bounds, Sum(rows, output));
        });
    }

    private double NewtonStep(LeafBounds bounds, Vector128<double> sum)
    {
        double most = objective.LargestStep * _options.LearningRate;
        return Math.Clamp(_options.LearningRate * bounds.Clamp(_penalty.Weight(sum)), -most, most);
    }

    /// <summary>Of the derivatives as they were before they were packed; by one thread, in the rows' order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private Vector128<double> Sum(ReadOnlySpan<int> rows, int output)
    {
        ReadOnlySpan<GradientPair> pairs = _derivatives.AsSpan(output * target.Count, target.Count);
        (double gradient, double hessian) = (0, 0);
        foreach (int row in rows)
            (gradient, hessian) = (gradient + pairs[row].Gradient, hessian + pairs[row].Hessian);
        return Vector128.Create(gradient, hessian);
    }
}

/// <summary>Draws the rows of a round, the features of a tree, the chances of rounding and what trees draw themselves.</summary>
internal sealed class RowSampler(GbdtOptions options, ulong seed)
{
    private const ulong RowStream = 1UL << 32;
    private const ulong FeatureStream = 2UL << 32;
    private const ulong RoundingStream = 3UL << 32;
    private const ulong TreeStream = 4UL << 32;

    private int[] _all = [];

    public int[] Rows(int round, int total) => options.Subsample < 1
        ? SeededRandom.Derive(seed, RowStream + (ulong)round).Sample(total, Share(options.Subsample, total))
        : All(total);

    public int[] Features(int tree, int total) => options.ColumnSample < 1
        ? SeededRandom.Derive(seed, FeatureStream + (ulong)tree).Sample(total, Share(options.ColumnSample, total))
        : [.. Enumerable.Range(0, total)];

    /// <summary>By what derivatives of a round are rounded up or down.</summary>
    public ulong Rounding(int round) => SeededRandom.Derive(seed, RoundingStream + (ulong)round).NextUInt64();

    /// <summary>By what a tree draws for itself.</summary>
    public SeededRandom OfTree(int tree) => SeededRandom.Derive(seed, TreeStream + (ulong)tree);

    private int[] All(int total) => _all.Length == total ? _all : _all = [.. Enumerable.Range(0, total)];

    private static int Share(double share, int total) => Math.Clamp((int)Math.Round(share * total), 1, total);
}
