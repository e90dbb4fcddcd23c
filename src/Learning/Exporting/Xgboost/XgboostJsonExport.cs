using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Exporting.Xgboost;

/// <summary>
/// A model of trees as XGBoost's JSON of version 1.7, which all later ones read. Intercepts stand in the leaves of the first trees, since a
/// <c>base_score</c> before 3.1 is one number for all classes and a probability in the file.
/// </summary>
internal sealed class XgboostJsonExport : IExportFormat
{
    /// <summary>XGBoost takes \" and \\ for what they stand for, but leaves \u0022 in names and attributes as these six characters: only lists within attributes are ASCII.</summary>
    private static readonly JsonWriterOptions AsXgboostReads = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public string Name => "xgboost-json";

    public string Extension => ".json";

    public IReadOnlyList<string> Write(IModel model, Stream destination)
    {
        if (model is not TreeModel { Header: var header, Trees: var trees })
            throw ModelExporter.Unsupported($"a model of trainer '{model.Trainer}' has no trees, which is all that XGBoost's format holds: export gbdt or a regression forest, or use the format onnx");
        if (header.Calibration is { Method: var method })
            throw ModelExporter.Unsupported($"the model's probabilities are calibrated ({method}), which XGBoost's format cannot say: export to onnx (platt), or train with calibrate=none");
        var objective = XgboostObjectiveOut.Of(header);
        // The writer sees to it that only JSON is written; NaN, which is none, does not occur.
        using var json = new Utf8JsonWriter(destination, AsXgboostReads);
        json.WriteStartObject();
        json.WriteStartObject("learner");
        WriteSignature(json, header.Signature);
        WriteTrees(json, trees, header.Signature);
        WriteParameters(json, header.Signature, objective, trees.Start.Length);
        json.WriteEndObject();
        Numbers(json, "version", [1, 7, 4]);
        json.WriteEndObject();
        json.Flush();
        return [.. Notes(header.Signature)];
    }

    private static IEnumerable<string> Notes(ModelSignature signature)
    {
        if (signature.Inputs.Any(i => i.Levels is not null))
            yield return "XGBoost takes categories as codes: the place of the level in the list of the attribute 'levels.<input>' of the booster, NaN for any other";
        if (signature.Inputs.Any(i => i.Type == ColumnType.Timestamp))
            yield return "XGBoost takes timestamps as seconds since 1970-01-01 UTC and rounds them to 32 bits, which is to about two minutes today";
        if (signature.Task != LearningTask.Regression)
            yield return "XGBoost knows classes by number: their names, in this order, are the attribute 'classes' of the booster";
    }

    private static void WriteSignature(Utf8JsonWriter json, ModelSignature signature)
    {
        json.WriteStartObject("attributes");
        json.WriteString("target", signature.Target);
        if (signature.Classes.Count > 0)
            json.WriteString("classes", JsonSerializer.Serialize(signature.Classes));
        foreach (FeatureSignature input in signature.Inputs.Where(i => i.Levels is not null))
            json.WriteString($"levels.{NameOf(input)}", JsonSerializer.Serialize(input.Levels));
        json.WriteEndObject();
        json.WriteStartArray("feature_names");
        foreach (FeatureSignature input in signature.Inputs)
            json.WriteStringValue(NameOf(input));
        json.WriteEndArray();
        json.WriteStartArray("feature_types");
        foreach (FeatureSignature input in signature.Inputs)
            json.WriteStringValue(input.Levels is not null ? "c" : input.Type == ColumnType.Boolean ? "i" : "q");
        json.WriteEndArray();
    }

    /// <summary>XGBoost refuses names with these characters.</summary>
    private static string NameOf(FeatureSignature input) => input.Name.Replace('[', '(').Replace(']', ')').Replace('<', '(');

    private static void WriteTrees(Utf8JsonWriter json, TreeEnsemble trees, ModelSignature signature)
    {
        int outputs = trees.Start.Length;
        int count = Math.Max(outputs, trees.Roots.Length);
        json.WriteStartObject("gradient_booster");
        json.WriteStartObject("model");
        json.WriteStartObject("gbtree_model_param");
        json.WriteString("num_parallel_tree", "1");
        Text(json, "num_trees", count);
        json.WriteString("size_leaf_vector", "0");
        json.WriteEndObject();
        Numbers(json, "tree_info", Enumerable.Range(0, count).Select(t => (double)(t % outputs)));
        json.WriteStartArray("trees");
        for (int tree = 0; tree < count; tree++)
            new XgboostTreeOut(trees, tree, signature).Write(json, tree < outputs ? trees.Start[tree] : 0);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteString("name", "gbtree");
        json.WriteEndObject();
    }

    private static void WriteParameters(Utf8JsonWriter json, ModelSignature signature, XgboostObjectiveOut objective, int outputs)
    {
        json.WriteStartObject("learner_model_param");
        json.WriteString("base_score", objective.BaseScore);
        json.WriteString("boost_from_average", "0");
        Text(json, "num_class", signature.Task == LearningTask.Multiclass ? outputs : 0);
        Text(json, "num_feature", signature.Inputs.Count);
        json.WriteString("num_target", "1");
        json.WriteEndObject();
        json.WriteStartObject("objective");
        json.WriteString("name", objective.Name);
        json.WriteStartObject(objective.Parameter);
        if (signature.Task == LearningTask.Multiclass)
            Text(json, "num_class", outputs);
        else if (objective == XgboostObjectiveOut.Poisson)
            json.WriteString("max_delta_step", "0.7");
        else
            Text(json, "scale_pos_weight", 1);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    internal static void Text(Utf8JsonWriter json, string name, int value) => json.WriteString(name, value.ToString(CultureInfo.InvariantCulture));

    internal static void Numbers(Utf8JsonWriter json, string name, IEnumerable<double> values)
    {
        json.WriteStartArray(name);
        foreach (double value in values)
        {
            if (value == Math.Floor(value) && Math.Abs(value) <= int.MaxValue)
                json.WriteNumberValue((long)value);
            else
                json.WriteNumberValue(value);
        }

        json.WriteEndArray();
    }

    /// <summary>Numbers of 32 bits; XGBoost takes one without a fraction for another type, so each has an exponent.</summary>
    internal static void Singles(Utf8JsonWriter json, string name, IEnumerable<float> values)
    {
        json.WriteStartArray(name);
        foreach (float value in values)
            json.WriteRawValue(value.ToString("E8", CultureInfo.InvariantCulture));
        json.WriteEndArray();
    }
}
