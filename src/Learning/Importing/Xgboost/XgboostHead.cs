using System.Globalization;
using System.Text;
using MlOps.Learning.Importing.Documents;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Importing.Xgboost;

/// <summary>What a file of XGBoost says about the whole model, before its trees or weights.</summary>
/// <param name="Outputs">Sums a row: the classes of a multiclass model, else 1.</param>
/// <param name="Start">Intercepts, one an output, where the trees add up.</param>
internal sealed record XgboostHead(
    string Producer, XgboostObjective Objective, int Features, int Outputs, double[] Start, Place Booster, Place? Attributes, IReadOnlyList<string> FileNames, IReadOnlyList<string> FileTypes)
{
    /// <summary>Inputs are arrays in memory, whether a split asks for them or not.</summary>
    private const int MaxFeatures = 1_000_000;

    /// <summary>Outputs are so too.</summary>
    private const int MaxOutputs = 10_000;

    /// <summary>Rounds up to the best one, where training stopped early.</summary>
    public int? BestRound => Attributes?.Find("best_iteration") is { } best ? best.Count + 1 : null;

    public IReadOnlyList<string> Names(ImportOptions options) => ImportedInputs.Names(FileNames, Features, options);

    /// <summary>A list of texts that <c>mlops model export</c> left with the model: <c>classes</c>, <c>levels.plan</c>; empty when there is none.</summary>
    public IReadOnlyList<string> Left(string attribute) =>
        Attributes?.Find(attribute) is { } text ? new Place(JsonDocumentReader.Read(Encoding.UTF8.GetBytes(text.Text)), text.Path).Texts : [];

    /// <summary>The options, with the target that was left with the model unless the caller names one.</summary>
    public ImportOptions With(ImportOptions options) =>
        options.Target == ImportOptions.Default.Target && Attributes?.Find("target") is { } target ? options with { Target = target.Text } : options;

    /// <summary>Whether the file declares an input as a category.</summary>
    public bool IsCategory(int input) => input < FileTypes.Count && FileTypes[input] == "c";

    public static XgboostHead Of(Place root)
    {
        Place learner = root["learner"];
        Place param = learner["learner_model_param"];
        var objective = XgboostObjective.Of(learner["objective"]["name"].Text);
        int classes = param.Find("num_class")?.Count ?? 0;
        if (param.Find("num_target")?.Count > 1)
            throw ImportErrors.Unsupported($"the model has {param["num_target"].Count} targets, a model here predicts one: train a model for each");
        if ((objective.Task == LearningTask.Multiclass) != (classes > 1))
            throw ImportErrors.Damaged($"'{objective.Name}' does not go with {classes} classes");
        int outputs = Math.Max(1, classes);
        int features = param["num_feature"].Count;
        if (features is < 1 or > MaxFeatures || outputs > MaxOutputs)
            throw features < 1 ? ImportErrors.Damaged("it has no inputs") : features > MaxFeatures ? ImportErrors.TooLarge("inputs", features, MaxFeatures) : ImportErrors.TooLarge("classes", outputs, MaxOutputs);
        return new XgboostHead(
            Version(root), objective, features, outputs, BaseScore(param["base_score"], objective, outputs, Since(root, 3, 2)), learner["gradient_booster"], learner.Find("attributes"),
            learner.Find("feature_names")?.Texts ?? [], learner.Find("feature_types")?.Texts ?? []);
    }

    /// <summary>One number as text up to 3.0, a list in text since 3.1; one number holds for all outputs.</summary>
    private static double[] BaseScore(Place place, XgboostObjective objective, int outputs, bool bounded)
    {
        string[] parts = place.Text.Trim('[', ']', '(', ')', ' ').Split(',');
        if (parts.Length != 1 && parts.Length != outputs)
            throw ImportErrors.Damaged($"base_score has {parts.Length} numbers, expected 1 or {outputs}");
        double[] start = [.. parts.Select(part => (double)objective.Start(Parse(part, place), bounded))];
        return start.Length == outputs ? start : [.. Enumerable.Repeat(start[0], outputs)];
    }

    private static float Parse(string text, Place place) =>
        float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float number) && float.IsFinite(number) ? number : throw place.Wrong("made of numbers");

    private static bool Since(Place root, int major, int minor) => root.Find("version")?.WholeNumbers is [var first, var second, ..] && (first, second).CompareTo((major, minor)) >= 0;

    private static string Version(Place root) => root.Find("version") is { } version ? $"XGBoost {string.Join('.', version.WholeNumbers)}" : "XGBoost";
}
