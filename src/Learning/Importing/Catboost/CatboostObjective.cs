using MlOps.Learning.Importing.Documents;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Importing.Catboost;

/// <summary>What the classes of CatBoost predict by default for a loss.</summary>
internal sealed record CatboostObjective(string Name, LearningTask Task, OutputLink Link)
{
    private static readonly string[] Numbers =
    [
        "RMSE", "MAE", "Quantile", "LogLinQuantile", "Huber", "MAPE", "Lq", "Expectile", "LogCosh", "QueryRMSE", "PairLogit", "PairLogitPairwise", "YetiRank", "YetiRankPairwise",
        "QuerySoftMax", "QueryCrossEntropy", "StochasticRank", "LambdaMart",
    ];

    private static readonly CatboostObjective[] All =
    [
        .. Numbers.Select(name => new CatboostObjective(name, LearningTask.Regression, OutputLink.Identity)),
        new("Poisson", LearningTask.Regression, OutputLink.Exponential), new("Tweedie", LearningTask.Regression, OutputLink.Exponential),
        new("Logloss", LearningTask.Binary, OutputLink.Sigmoid), new("CrossEntropy", LearningTask.Binary, OutputLink.Sigmoid), new("Focal", LearningTask.Binary, OutputLink.Sigmoid),
        new("MultiClass", LearningTask.Multiclass, OutputLink.Softmax), new("MultiClassOneVsAll", LearningTask.Multiclass, OutputLink.Sigmoid),
    ];

    /// <param name="info">The object <c>model_info</c>.</param>
    public static CatboostObjective Of(Place? info)
    {
        string name = info?.Find("params")?.Find("loss_function")?.Find("type")?.Text ?? throw ImportErrors.Damaged("it does not say with which loss it was trained (model_info.params.loss_function)");
        return All.FirstOrDefault(o => o.Name == name)
            ?? throw ImportErrors.Unsupported($"the loss '{name}' of CatBoost is not known, so what its sums mean is not either; known are {string.Join(", ", All.Select(o => o.Name))}");
    }
}
