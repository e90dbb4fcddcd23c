using MlOps.Learning.Exporting.Onnx;
using MlOps.Learning.Exporting.Xgboost;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Exporting;

/// <summary>Writes models in the formats of other libraries. docs/exporting.md says what of a model goes into each.</summary>
public static class ModelExporter
{
    private static readonly IExportFormat[] Known = [new XgboostJsonExport(), new OnnxExport()];

    /// <summary>Names of the formats that can be written.</summary>
    public static IReadOnlyList<string> Formats { get; } = [.. Known.Select(f => f.Name)];

    /// <summary>How the names of files of a format end, with the dot.</summary>
    /// <exception cref="MlOpsException">Invalid <c>model-export-format</c>.</exception>
    public static string ExtensionOf(string format) => Get(format).Extension;

    /// <returns>What the owner should know of the file, a sentence each; often none.</returns>
    /// <exception cref="MlOpsException">Invalid <c>model-export-format</c>: lists the formats; <c>model-export-unsupported</c>: the format cannot say what the model does.</exception>
    public static IReadOnlyList<string> Export(IModel model, string format, Stream destination) => Get(format).Write(model, destination);

    internal static MlOpsException Unsupported(string why) => MlOpsException.Invalid("model-export-unsupported", why);

    private static IExportFormat Get(string format) => Known.FirstOrDefault(f => f.Name == format)
        ?? throw MlOpsException.Invalid("model-export-format", $"the format '{format}' is unknown{NameSuggestion.Hint(format, Formats)} (valid: {string.Join(", ", Formats)})");
}
