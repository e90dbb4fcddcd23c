using MlOps.Learning.Importing.Documents;

namespace MlOps.Learning.Importing.Catboost;

/// <summary>The inputs in the order of the training table.</summary>
/// <param name="Place">Of a number among the inputs, by its index among the numbers.</param>
/// <param name="MissingRight">Whether missing values count as larger than all, by input; else as smaller.</param>
internal sealed record CatboostInputs(IReadOnlyList<string> Names, IReadOnlyDictionary<int, int> Place, bool[] MissingRight)
{
    public static CatboostInputs Of(Place info)
    {
        if (info.Find("categorical_features")?.Items.Count > 0 || info.Find("ctrs")?.Items.Count > 0)
            throw ImportErrors.Unsupported("it has categories, which CatBoost turns into statistics of the target that a model here has not: train it on numbers, or export it to ONNX");
        Place[] numbers = [.. info["float_features"].Items.OrderBy(f => f["flat_feature_index"].Count)];
        if (numbers.Length == 0 || numbers.Where((f, i) => f["flat_feature_index"].Count != i).Any())
            throw ImportErrors.Unsupported("some of its inputs are no numbers: train it on numbers");
        var place = new Dictionary<int, int>();
        for (int i = 0; i < numbers.Length; i++)
            place[numbers[i]["feature_index"].Count] = i;
        string[] names = [.. numbers.Select(Name)];
        return new CatboostInputs(names.All(n => n.Length > 0) ? names : [.. names.Select((n, i) => n.Length > 0 ? n : FormattableString.Invariant($"f{i}"))], place, [.. numbers.Select(f => f.Find("nan_value_treatment")?.Text == "AsTrue")]);
    }

    /// <summary>What the owner called it; CatBoost's own <c>feature_id</c> is that or a number.</summary>
    private static string Name(Place feature) =>
        (feature.Find("feature_name") ?? feature.Find("feature_id")) is { Value: DocumentText { Value: var text } } && !text.All(char.IsAsciiDigit) ? text : "";
}
