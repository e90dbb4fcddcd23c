namespace MlOps.Learning.Trainers.Boosting;

/// <summary>The checked parameters of `gbdt` that growing trees depends on. Names and defaults follow XGBoost's where it has the same idea.</summary>
internal sealed record GbdtOptions(
    int Trees,
    int Depth,
    int Leaves,
    double LearningRate,
    int Bins,
    double L1,
    double L2,
    double MinChildWeight,
    int MinLeafRows,
    double Subsample,
    double ColumnSample,
    int EarlyStop,
    CategoryOrder Categories,
    bool LooksAhead)
{
    /// <summary>No split may be deeper, whatever `depth` says; a path of this length needs more rows than fit in memory to be balanced.</summary>
    private const int DeepestTree = 64;

    private const double DefaultQuantile = 0.5;

    public static IReadOnlyList<TrainerParameter> Declared { get; } =
    [
        new("trees", 100, 1, 100_000, true, "boosting rounds; multiclass grows one tree per class and round"),
        new("depth", 6, 0, DeepestTree, true, "longest path from root to leaf; 0 is no limit and needs leaves"),
        new("leaves", 0, 0, 65_536, true, "most leaves of a tree, grown best first; 0 grows level by level up to depth"),
        new("learningRate", 0.3, 1e-6, 1, false, "factor on every leaf"),
        new("bins", 255, 2, 255, true, "most histogram bins of a feature, missing not counted"),
        new("l1", 0, 0, 1e9, false, "L1 penalty on leaf values"),
        new("l2", 1, 0, 1e9, false, "L2 penalty on leaf values"),
        new("minChildWeight", 1, 0, 1e9, false, "least sum of hessians in a leaf (regression: rows)"),
        new("minLeafRows", 0, 0, 1_000_000, true, "about the least rows of a leaf, counted by their share of the hessian; 0 asks for none"),
        new("subsample", 1, 0.001, 1, false, "share of rows drawn for each round, without replacement"),
        new("columnSample", 1, 0.001, 1, false, "share of features drawn for each tree"),
        new("earlyStop", 0, 0, 100_000, true, "stop after so many rounds without a better validation loss and keep the best; 0 is off"),
        TrainerParameter.OneOf("objective", ObjectiveChoice.Names, "the loss; auto is by task: squared, binary, multiclass"),
        new("quantile", DefaultQuantile, 0.001, 0.999, false, "the share of targets below the prediction; of objective quantile"),
        TrainerParameter.OfText("monotone", MonotoneDirections.Form, "features that the score may only rise (+1) or fall (-1) with", MonotoneDirections.Problem),
        TrainerParameter.OneOf("calibrate", CalibrationRows.Methods, "binary only: fits probabilities to a fifth of the training rows that is not learned from"),
        new("oneHotLevels", 4, 1, 255, true, "categories of so many levels or fewer are divided one level against the others"),
        new("categorySmoothing", 10, 0, 1e9, false, "added to a level's hessian where levels are ordered by their mean gradient"),
        new("groupWeight", 0, 0, 1e9, false, "least sum of hessians of the levels between two groupings that are tried"),
        TrainerParameter.OneOf("lookAhead", LookAhead.Ways, "pairs: a tree's root may be a number that gains only together with another; none: it is the split of most gain"),
    ];

    public int DepthLimit => Depth == 0 ? DeepestTree : Depth;

    public static IReadOnlyList<ParameterProblem> Contradictions(TrainerParameters p)
    {
        List<ParameterProblem> problems = [];
        if (p.Integer("leaves") == 1)
            problems.Add(new("leaves", "leaves = 1 violates leaves = 0 (off) or leaves >= 2"));
        if (p.Integer("depth") == 0 && p.Integer("leaves") == 0)
            problems.Add(new("depth", "depth = 0 (no limit) needs leaves >= 2"));
        if (p["quantile"] != DefaultQuantile && p.Text("objective") != ObjectiveChoice.Quantile)
            problems.Add(new("quantile", FormattableString.Invariant($"quantile = {p["quantile"]} needs objective = {ObjectiveChoice.Quantile} (objective = {p.Text("objective")} does not look at it)")));
        if (p.Text("monotone").Length > 0 && p.Text("objective") == "multiclass")
            problems.Add(new("monotone", MonotoneDirections.NotForClasses));
        return problems;
    }

    /// <exception cref="MlOpsException">Invalid <c>training-parameter</c>: two parameters contradict each other.</exception>
    public static GbdtOptions From(TrainerParameters p)
    {
        if (Contradictions(p) is [var first, ..])
            throw TrainerParameters.Invalid("gbdt", first.Message);
        return new GbdtOptions(
            p.Integer("trees"),
            p.Integer("depth"),
            p.Integer("leaves"),
            p["learningRate"],
            p.Integer("bins"),
            p["l1"],
            p["l2"],
            p["minChildWeight"],
            p.Integer("minLeafRows"),
            p["subsample"],
            p["columnSample"],
            p.Integer("earlyStop"),
            new CategoryOrder(p.Integer("oneHotLevels"), p["categorySmoothing"], p["groupWeight"]),
            p.Text("lookAhead") == LookAhead.Ways[0] && p.Integer("depth") != 1 && p.Integer("leaves") is 0 or > 3);
    }
}
