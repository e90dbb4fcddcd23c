using MlOps.Learning.Importing;

namespace MlOps.Domain.Registry.Sources;

/// <summary>Why a version of an MLflow client has no model to score with here, and what to do.</summary>
internal static class SourceErrors
{
    public const string NotImportable = "model-not-importable";

    private const string Ways =
        "downloads and mlflow.pyfunc.load_model work as ever; to serve it here, log it in a format that is read: mlflow.onnx.log_model "
        + "(scikit-learn: skl2onnx.to_onnx(model, X[:1])), mlflow.xgboost.log_model, mlflow.lightgbm.log_model of the booster (docs/mlflow.md)";

    public static MlOpsException NotHere(ModelVersion version) => Of(version, "it was registered by an MLflow client, whose files are not read in this program");

    public static MlOpsException Elsewhere(ModelVersion version, string location) => Of(version, $"its files lie at {location}, which this server does not read");

    public static MlOpsException Nothing(ModelVersion version, string location, MlmodelFile file, IReadOnlyList<string> names)
    {
        string what = file.Files.Count > 0 ? $"it has the flavours {string.Join(", ", file.Files.Keys)}"
            : names.Count == 0 ? $"there are no files at {location}"
            : $"it is {string.Join(", ", names.Take(10))}";
        return Of(version, $"{what}, and no file with a model that is read ({string.Join(", ", ModelImporter.Formats)})");
    }

    public static MlOpsException Unread(ModelVersion version, string file, MlOpsException why) => new(why.Kind, NotImportable, Text(version, $"{file}: {why.Message}"), why);

    private static MlOpsException Of(ModelVersion version, string why) => MlOpsException.Invalid(NotImportable, Text(version, why));

    private static string Text(ModelVersion version, string why) => $"'{version.Name}' cannot be served here: {why}; {Ways}";
}
