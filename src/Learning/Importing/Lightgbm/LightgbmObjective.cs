using System.Globalization;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Importing.Lightgbm;

/// <summary>What an objective of LightGBM makes of the sum of the trees.</summary>
/// <param name="Scale">What sums are multiplied by before the link: the parameter <c>sigmoid</c>.</param>
internal sealed record LightgbmObjective(LearningTask Task, OutputLink Link, double Scale)
{
    private static readonly (string[] Names, LearningTask Task, OutputLink Link)[] All =
    [
        (["regression", "regression_l1", "huber", "fair", "quantile", "mape", "lambdarank", "rank_xendcg", "custom"], LearningTask.Regression, OutputLink.Identity),
        (["poisson", "gamma", "tweedie"], LearningTask.Regression, OutputLink.Exponential),
        (["cross_entropy", "xentropy"], LearningTask.Regression, OutputLink.Sigmoid),
        (["cross_entropy_lambda", "xentlambda"], LearningTask.Regression, OutputLink.SoftPlus),
        (["binary"], LearningTask.Binary, OutputLink.Sigmoid),
        (["multiclass"], LearningTask.Multiclass, OutputLink.Softmax),
        (["multiclassova"], LearningTask.Multiclass, OutputLink.Sigmoid),
    ];

    /// <param name="text">As in the file: <c>binary sigmoid:1</c>; null where the caller brought its own objective.</param>
    public static LightgbmObjective Of(string? text)
    {
        string[] words = (text ?? "custom").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        foreach ((string[] names, LearningTask task, OutputLink link) in All)
        {
            if (words.Length > 0 && names.Contains(words[0]))
                return new(task, words.Contains("sqrt") ? OutputLink.SignedSquare : link, Sigmoid(words));
        }

        throw ImportErrors.Unsupported($"the objective '{text}' of LightGBM is not known, so what its sums mean is not either; known are {string.Join(", ", All.SelectMany(a => a.Names))}");
    }

    private static double Sigmoid(string[] words)
    {
        if (words.FirstOrDefault(w => w.StartsWith("sigmoid:", StringComparison.Ordinal)) is not { } word)
            return 1;
        return double.TryParse(word["sigmoid:".Length..], NumberStyles.Float, CultureInfo.InvariantCulture, out double scale) && double.IsFinite(scale)
            ? scale
            : throw ImportErrors.Damaged($"the objective's '{word}' is no number");
    }
}
