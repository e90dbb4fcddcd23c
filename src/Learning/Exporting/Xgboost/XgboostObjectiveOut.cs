using MlOps.Learning.Trainers;

namespace MlOps.Learning.Exporting.Xgboost;

/// <summary>The objective whose prediction a model's link is.</summary>
/// <param name="BaseScore">The prediction whose margin is 0.</param>
/// <param name="Parameter">The object of parameters that its reader asks for.</param>
internal sealed record XgboostObjectiveOut(OutputLink Link, LearningTask Task, string Name, string BaseScore, string Parameter)
{
    private static readonly XgboostObjectiveOut[] All =
    [
        new(OutputLink.Identity, LearningTask.Regression, "reg:squarederror", "0E0", "reg_loss_param"),
        new(OutputLink.Sigmoid, LearningTask.Regression, "reg:logistic", "5E-1", "reg_loss_param"),
        new(OutputLink.Exponential, LearningTask.Regression, "reg:gamma", "1E0", "reg_loss_param"),
        new(OutputLink.Sigmoid, LearningTask.Binary, "binary:logistic", "5E-1", "reg_loss_param"),
        new(OutputLink.Step, LearningTask.Binary, "binary:hinge", "0E0", "reg_loss_param"),
        new(OutputLink.Softmax, LearningTask.Multiclass, "multi:softprob", "0E0", "softmax_multiclass_param"),
    ];

    public static XgboostObjectiveOut Poisson { get; } = new(OutputLink.Exponential, LearningTask.Regression, "count:poisson", "1E0", "poisson_regression_param");

    /// <summary>Those of one link predict alike; which of them is only known of what was trained here, and matters to who trains on.</summary>
    public static XgboostObjectiveOut Of(ModelHeader header)
    {
        (OutputLink link, LearningTask task) = (header.Link ?? Links.Of(header.Signature.Task), header.Signature.Task);
        if (link == OutputLink.Exponential && task == LearningTask.Regression && header.TextParameters?.GetValueOrDefault("objective") == "poisson")
            return Poisson;
        return All.FirstOrDefault(o => o.Link == link && o.Task == task)
            ?? throw ModelExporter.Unsupported($"no objective of XGBoost predicts {task} with the link {link}: use the format onnx");
    }
}
