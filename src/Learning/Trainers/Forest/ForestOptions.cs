namespace MlOps.Learning.Trainers.Forest;

/// <summary>The checked parameters of `forest`. Defaults are scikit-learn's, but for the inputs that a regression tries at a node.</summary>
/// <param name="Random">One random cut an input instead of the best one.</param>
/// <param name="Bootstrap">Rows are drawn with replacement.</param>
internal sealed record ForestOptions(int Trees, bool Random, bool Bootstrap, double MaxFeatures, int MinLeafRows, int Depth, int Bins, double Subsample)
{
    /// <summary>Deeper than any tree that has learnt something general.</summary>
    private const int DeepestTree = 250;

    private const string RandomForest = "forest";

    private const string ExtraTrees = "extraTrees";

    public static IReadOnlyList<TrainerParameter> Declared { get; } =
    [
        TrainerParameter.OneOf("kind", [RandomForest, ExtraTrees], "forest: bootstrap rows and best cuts (Breiman 2001); extraTrees: all rows and random cuts (Geurts et al. 2006)"),
        new("trees", 100, 1, 10_000, true, "trees, whose answers are averaged; one tree serves all classes"),
        new("maxFeatures", 0, 0, 1, false, "share of the inputs tried at a node; 0: the square root of their number for classes, a third of them for numbers"),
        new("minLeafRows", 1, 1, 1_000_000, true, "least rows in a leaf"),
        new("depth", 0, 0, DeepestTree, true, "longest path from root to leaf; 0 is no limit"),
        new("bins", 255, 2, 255, true, "most histogram bins of a feature, missing not counted"),
        new("subsample", 1, 0.001, 1, false, "rows drawn for each tree as a share of all: with replacement for forest, without for extraTrees"),
    ];

    /// <summary>One tree of one split, the best of all inputs on all rows.</summary>
    public static ForestOptions Stump { get; } = new(1, Random: false, Bootstrap: false, MaxFeatures: 1, MinLeafRows: 1, Depth: 1, Bins: 255, Subsample: 1);

    public int DepthLimit => Depth == 0 ? DeepestTree : Depth;

    public static ForestOptions From(TrainerParameters p) => new(
        p.Integer("trees"), p.Text("kind") == ExtraTrees, p.Text("kind") == RandomForest, p["maxFeatures"], p.Integer("minLeafRows"), p.Integer("depth"), p.Integer("bins"), p["subsample"]);

    /// <summary>Inputs that are tried at a node, at least one.</summary>
    public int Tried(int features, LearningTask task)
    {
        double share = MaxFeatures > 0 ? MaxFeatures * features : task == LearningTask.Regression ? features / 3.0 : Math.Sqrt(features);
        return Math.Clamp((int)Math.Round(share), 1, features);
    }
}
