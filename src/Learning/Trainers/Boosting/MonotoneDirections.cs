using MlOps.Learning.Tables;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>For each feature whether the score may only rise (+1) or only fall (-1) with it; 0 where it is free.</summary>
internal sealed class MonotoneDirections(sbyte[] directions)
{
    public const string Form = "column:+1,column:-1";

    /// <summary>The scores of all classes may rise with an input and each probability still do anything.</summary>
    public const string NotForClasses = "monotone is for binary and regression: with more than two classes a score that only rises says nothing of its class's probability";

    public int this[int feature] => directions[feature];

    /// <summary>What is wrong with a text of that form, or null.</summary>
    public static string? Problem(string text)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach ((string column, string direction) in Parts(text))
        {
            if (column.Length == 0)
                return "a column has no name";
            if (direction is not ("+1" or "1" or "-1"))
                return $"'{direction}' after '{column}' is no direction: +1 (rises) or -1 (falls)";
            if (!seen.Add(column))
                return $"'{column}' is named twice";
        }

        return null;
    }

    /// <exception cref="MlOpsException">Invalid <c>training-parameter</c>: the text is not empty and the task has classes.</exception>
    public static void Check(string text, LearningTask task)
    {
        if (text.Length > 0 && task == LearningTask.Multiclass)
            throw TrainerParameters.Invalid("gbdt", NotForClasses);
    }

    /// <summary>Null for the empty text.</summary>
    /// <exception cref="MlOpsException">Invalid <c>training-parameter</c>: a column is no input, or a category.</exception>
    public static MonotoneDirections? Of(string text, IReadOnlyList<FeatureSignature> inputs)
    {
        if (text.Length == 0)
            return null;
        string[] names = [.. inputs.Select(i => i.Name)];
        var directions = new sbyte[names.Length];
        foreach ((string column, string direction) in Parts(text))
        {
            int input = Array.IndexOf(names, column);
            if (input < 0)
                throw Wrong($"'{column}' is no feature{NameSuggestion.Hint(column, names)} (features: {string.Join(", ", names)})");
            if (inputs[input].Type == ColumnType.Category)
                throw Wrong($"'{column}' is a category, which has no order to rise or fall with");
            directions[input] = (sbyte)(direction == "-1" ? -1 : 1);
        }

        return new(directions);
    }

    /// <summary>What holds for the two sides of a split: no leaf on one may pass the middle between their values.</summary>
    public (LeafBounds Left, LeafBounds Right) Divide(LeafBounds bounds, int feature, double left, double right)
    {
        double middle = (bounds.Clamp(left) + bounds.Clamp(right)) / 2;
        return this[feature] switch
        {
            > 0 => (bounds with { Upper = middle }, bounds with { Lower = middle }),
            < 0 => (bounds with { Lower = middle }, bounds with { Upper = middle }),
            _ => (bounds, bounds),
        };
    }

    private static IEnumerable<(string Column, string Direction)> Parts(string text) => text.Split(',').Select(part =>
    {
        int colon = part.LastIndexOf(':');
        return colon < 0 ? (part.Trim(), "") : (part[..colon].Trim(), part[(colon + 1)..].Trim());
    });

    private static MlOpsException Wrong(string problem) => TrainerParameters.Invalid("gbdt", $"monotone: {problem}");
}
