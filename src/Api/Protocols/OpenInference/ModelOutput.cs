using System.Text.Json;
using MlOps.Domain.Serving.Explanations;
using MlOps.Learning.Trainers;

namespace MlOps.Api.Protocols.OpenInference;

/// <summary>
/// What a model can answer: <c>prediction</c> (the most probable class, or the number) and, of a classifier, <c>probability</c>
/// <c>[n, classes]</c>, whose parameter <c>classes</c> tells their order as a JSON text.
/// </summary>
/// <param name="Width">Values a row; 0 for one without a dimension of its own.</param>
/// <param name="Binary">Null: as the request says.</param>
internal record ModelOutput(string Name, string Datatype, int Width, bool? Binary = null)
{
    private const string Prediction = "prediction";
    private const string Probability = "probability";

    private static readonly ModelOutput Contributions = new(ContributionsOutput.OutputName, "FP64", 0);

    public bool IsText => Datatype == "BYTES";

    public virtual bool HasParameters => Name == Probability && !IsText;

    public static IReadOnlyList<ModelOutput> Of(LearningTask task, int classes) => task == LearningTask.Regression
        ? [new(Prediction, "FP64", 0)]
        : [new(Prediction, "BYTES", 0), new(Probability, "FP64", classes)];

    /// <param name="wanted">In order; null for all.</param>
    /// <exception cref="MlOpsException">Invalid <c>output-unknown</c>, <c>output-classification</c>.</exception>
    public static IReadOnlyList<ModelOutput> Select(LearningTask task, int classes, IReadOnlyList<WantedOutput>? wanted)
    {
        IReadOnlyList<ModelOutput> all = Of(task, classes);
        return wanted is null ? all : [.. wanted.Select(w => Find(all, w))];
    }

    /// <summary>As <see cref="Select(LearningTask, int, IReadOnlyList{WantedOutput})"/>, with the contributions where they were named, else behind all.</summary>
    public static IReadOnlyList<ModelOutput> Select(ExplainedResult answer, IReadOnlyList<WantedOutput>? wanted)
    {
        IReadOnlyList<ModelOutput> all = Of(answer.Result.Predictions.Task, answer.Result.Predictions.Classes.Count);
        List<ModelOutput> selected = wanted is null ? [.. all] : [.. wanted.Select(w => w.IsContributions ? new ContributionsOutput(answer, w.Binary) : Find(all, w))];
        if (!selected.Exists(o => o is ContributionsOutput))
            selected.Add(new ContributionsOutput(answer, null));
        return selected;
    }

    /// <summary>Contributions are no output of the model alone: what stands for them says nothing.</summary>
    private static ModelOutput Find(IReadOnlyList<ModelOutput> all, WantedOutput wanted) => wanted.IsContributions
        ? Contributions
        : (all.FirstOrDefault(o => o.Name == wanted.Name) ?? throw Unknown(wanted.Name, all)).As(wanted);

    /// <summary>Dimensions for so many rows; -1 for any.</summary>
    public virtual IReadOnlyList<int> Shape(int rows) => Width == 0 ? [rows] : [rows, Width];

    /// <summary>A row's values, to one of two writers.</summary>
    public virtual void Write(Predictions predictions, int row, Action<string> text, Action<double> number)
    {
        if (Name == Probability && IsText)
            WriteTop(predictions, row, text);
        else if (Name == Probability)
            WriteAll(predictions, row, number);
        else if (IsText)
            text(predictions.Classes[predictions.Label(row)]);
        else
            number(predictions.Scores[row]);
    }

    /// <summary>What its values mean.</summary>
    public virtual void WriteParameters(Utf8JsonWriter json, IReadOnlyList<string> classes)
    {
        if (HasParameters)
            json.WriteString("classes", JsonSerializer.Serialize(classes));
    }

    private ModelOutput As(WantedOutput wanted)
    {
        if (wanted.Top is not { } top)
            return this with { Binary = wanted.Binary };
        if (Name != Probability)
            throw MlOpsException.Invalid("output-classification", $"the output '{Name}' has no values of classes: ask for 'classification' of the output '{Probability}' of a classifier");
        return this with { Binary = wanted.Binary, Datatype = "BYTES", Width = Math.Min(top, Width) };
    }

    private static void WriteAll(Predictions predictions, int row, Action<double> number)
    {
        for (int k = 0; k < predictions.Classes.Count; k++)
            number(predictions.Probability(row, k));
    }

    private void WriteTop(Predictions predictions, int row, Action<string> text)
    {
        foreach (int k in Enumerable.Range(0, predictions.Classes.Count).OrderByDescending(k => predictions.Probability(row, k)).Take(Width))
            text(FormattableString.Invariant($"{predictions.Probability(row, k):R}:{k}:{predictions.Classes[k]}"));
    }

    private static MlOpsException Unknown(string name, IReadOnlyList<ModelOutput> all) =>
        MlOpsException.Invalid("output-unknown", $"there is no output '{name}'; the outputs are {string.Join(", ", all.Select(o => $"'{o.Name}'"))}, and '{ContributionsOutput.OutputName}'");
}
