using System.Text.Json;
using MlOps.Domain.Serving.Explanations;

namespace MlOps.Api.Protocols.OpenInference;

/// <summary>
/// How much each feature did to the margin. All of them: numbers <c>[n, features + 1]</c>, of multiclass <c>[n, classes, features + 1]</c>; the last
/// is the base, and the parameter <c>columns</c> tells their names as a JSON text. The k largest: texts <c>[n, k + 2]</c> of
/// <c>value:index:feature</c>, then <c>value:-1:other</c> and <c>value:-1:base</c>; of multiclass those of the predicted class.
/// </summary>
internal sealed record ContributionsOutput : ModelOutput
{
    public const string OutputName = "contributions";

    private const string Base = "base";

    private readonly ExplainedResult _answer;

    public ContributionsOutput(ExplainedResult answer, bool? binary)
        : base(OutputName, answer.Options.TopK is null ? "FP64" : "BYTES", WidthOf(answer), binary) => _answer = answer;

    public override bool HasParameters => true;

    private int Columns => _answer.Result.Signature.Inputs.Count + 1;

    private bool HasClassRows => !IsText && _answer.Contributions.Outputs > 1;

    public override IReadOnlyList<int> Shape(int rows) => HasClassRows ? [rows, _answer.Contributions.Outputs, Columns] : [rows, Width];

    public override void Write(Learning.Trainers.Predictions predictions, int row, Action<string> text, Action<double> number)
    {
        if (IsText)
            WriteTop(_answer[row], text);
        else
            WriteAll(row, number);
    }

    public override void WriteParameters(Utf8JsonWriter json, IReadOnlyList<string> classes)
    {
        if (!IsText)
            json.WriteString("columns", JsonSerializer.Serialize(_answer.Result.Signature.Inputs.Select(i => i.Name).Append(Base)));
        if (HasClassRows)
            json.WriteString("classes", JsonSerializer.Serialize(classes));
    }

    private static int WidthOf(ExplainedResult answer)
    {
        int inputs = answer.Result.Signature.Inputs.Count;
        return answer.Options.TopK is { } k ? Math.Min(k, inputs) + 2 : answer.Contributions.Outputs * (inputs + 1);
    }

    private void WriteAll(int row, Action<double> number)
    {
        for (int output = 0; output < _answer.Contributions.Outputs; output++)
        {
            foreach (double value in _answer.Contributions.Of(row, output))
                number(Finite(value));
            number(Finite(_answer.Contributions.Base[output]));
        }
    }

    private static void WriteTop(RowExplanation explanation, Action<string> text)
    {
        foreach (FeatureContribution contribution in explanation.Contributions)
            text(FormattableString.Invariant($"{contribution.Value:R}:{contribution.Index}:{contribution.Feature}"));
        text(FormattableString.Invariant($"{explanation.Other:R}:-1:other"));
        text(FormattableString.Invariant($"{explanation.Base:R}:-1:{Base}"));
    }

    /// <summary>A margin beyond the largest double is a probability of 1, but no JSON.</summary>
    private static double Finite(double value) => Math.Clamp(value, double.MinValue, double.MaxValue);
}
