using System.Text.Json;
using MlOps.Api.Inference;
using MlOps.Api.Http;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Api.Protocols.TensorFlowServing;

/// <summary>
/// The signatures under which a model answers, each with one output, so that <c>predictions</c> is a plain list: the class or number
/// by default, probabilities in the order of the classes when asked.
/// </summary>
internal static class ServingSignature
{
    public const string Default = "serving_default";
    public const string Probability = "probability";

    private const string Prediction = "prediction";

    /// <exception cref="MlOpsException">Invalid <c>signature-unknown</c>, <c>json-invalid</c>.</exception>
    public static string Parse(JsonSlice name)
    {
        if (!name.IsGiven)
            return Default;
        string given = name.Kind == JsonValueKind.String ? name.Text() : throw JsonFields.Invalid($"'signature_name' is {name.Shown()}, expected a text");
        return given switch
        {
            "" or Default => Default,
            Probability => Probability,
            _ => throw Unknown(given),
        };
    }

    /// <exception cref="MlOpsException">Invalid <c>signature-unknown</c>: models of the task do not have it.</exception>
    public static void Check(string signature, LearningTask task)
    {
        if (!Of(task).Contains(signature))
            throw Unknown(signature);
    }

    public static IEnumerable<string> Of(LearningTask task) => task == LearningTask.Regression ? [Default] : [Default, Probability];

    /// <summary>Name, type and dimensions of its output, the rows (-1) left out.</summary>
    public static (string Name, string Type, int[] Dimensions) Output(string signature, ModelSignature model) => signature == Probability
        ? (Probability, "DT_DOUBLE", [model.Classes.Count])
        : (Prediction, model.Task == LearningTask.Regression ? "DT_DOUBLE" : PredictedValue.AreNumbers(model.Classes) ? "DT_INT64" : "DT_STRING", []);

    public static string TypeOf(ColumnType type) => type switch
    {
        ColumnType.Number => "DT_DOUBLE",
        ColumnType.Boolean => "DT_BOOL",
        _ => "DT_STRING",
    };

    private static MlOpsException Unknown(string name) =>
        MlOpsException.Invalid("signature-unknown", $"Serving signature name: \"{name}\" not found in signature def: there are \"{Default}\", and of classifiers \"{Probability}\"");
}
