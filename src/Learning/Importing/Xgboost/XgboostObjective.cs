using MlOps.Learning.Trainers;

namespace MlOps.Learning.Importing.Xgboost;

/// <summary>What an objective of XGBoost makes of the sum of the trees, and how it keeps the intercept.</summary>
/// <param name="ToMargin">From <c>base_score</c>, which is kept as a prediction in all files since 1.0, to where the trees add up; in 32 bits, as XGBoost does.</param>
internal sealed record XgboostObjective(string Name, LearningTask Task, OutputLink Link, Func<float, float> ToMargin)
{
    private static readonly XgboostObjective[] All =
    [
        .. Named(["reg:squarederror", "reg:linear", "reg:squaredlogerror", "reg:pseudohubererror", "reg:absoluteerror", "reg:quantileerror", "reg:expectileerror",
            "rank:pairwise", "rank:ndcg", "rank:map"], LearningTask.Regression, OutputLink.Identity, b => b),
        .. Named(["reg:logistic"], LearningTask.Regression, OutputLink.Sigmoid, Logit),
        .. Named(["count:poisson", "reg:gamma", "reg:tweedie", "survival:cox", "survival:aft"], LearningTask.Regression, OutputLink.Exponential, MathF.Log),
        .. Named(["binary:logistic"], LearningTask.Binary, OutputLink.Sigmoid, Logit),
        .. Named(["binary:logitraw"], LearningTask.Binary, OutputLink.Sigmoid, b => b),
        .. Named(["binary:hinge"], LearningTask.Binary, OutputLink.Step, b => b),
        .. Named(["multi:softprob", "multi:softmax"], LearningTask.Multiclass, OutputLink.Softmax, b => b),
    ];

    public static XgboostObjective Of(string name) => All.FirstOrDefault(o => o.Name == name)
        ?? throw ImportErrors.Unsupported($"the objective '{name}' of XGBoost is not known, so what its sums mean is not either; known are {string.Join(", ", All.Select(o => o.Name))}");

    private static IEnumerable<XgboostObjective> Named(string[] names, LearningTask task, OutputLink link, Func<float, float> toMargin) =>
        names.Select(name => new XgboostObjective(name, task, link, toMargin));

    /// <summary>The nearest to 0 and 1 that a file's probability is taken for since 3.2, which writes both where training saw one class (regression_loss.h).</summary>
    private const float LeastProbability = 1e-6f;

    /// <summary>Where the trees add up, of an intercept as the file has it.</summary>
    /// <param name="bounded">Whether the version that wrote it keeps probabilities off 0 and 1.</param>
    public float Start(float intercept, bool bounded) =>
        ToMargin(bounded && ToMargin == Logit && intercept is >= 0 and <= 1 ? Math.Clamp(intercept, LeastProbability, 1 - LeastProbability) : intercept);

    private static float Logit(float p) => p is > 0 and < 1 ? -MathF.Log((1 / p) - 1) : throw ImportErrors.Damaged($"base_score is {p}, a probability between 0 and 1 is expected");
}
