using MlOps.Learning.Importing.Catboost;
using MlOps.Learning.Importing.Lightgbm;
using MlOps.Learning.Importing.Onnx;
using MlOps.Learning.Importing.Xgboost;

namespace MlOps.Learning.Importing;

/// <summary>Reads models that other libraries trained. What the result scores equals what they predict; docs/importing.md says how closely.</summary>
public static class ModelImporter
{
    /// <summary>Largest file, in bytes: what is read from it takes several times as much memory for a while.</summary>
    public const int MaxBytes = 512 << 20;

    private static readonly IImportFormat[] Known = [new OwnFormat(), new XgboostJsonFormat(), new XgboostUbjsonFormat(), new LightgbmFormat(), new CatboostFormat(), new OnnxFormat()];

    /// <summary>Names of the formats that can be read.</summary>
    public static IReadOnlyList<string> Formats { get; } = [.. Known.Select(f => f.Name)];

    /// <summary>Recognises the format by the file's content.</summary>
    /// <exception cref="MlOpsException">
    /// Invalid <c>model-import-format</c>: no format that can be read, and how to get one; <c>model-import-damaged</c>;
    /// <c>model-import-unsupported</c>; <c>model-import-option</c>: an option does not fit the model; <c>model-file</c> of a file of our own.
    /// TooLarge <c>model-import-too-large</c>.
    /// </exception>
    public static ImportedModel Import(ReadOnlyMemory<byte> file, ImportOptions options)
    {
        if (file.Length > MaxBytes)
            throw ImportErrors.TooLarge("bytes", file.Length, MaxBytes);
        IImportFormat format = Known.FirstOrDefault(f => f.Recognises(file.Span)) ?? throw ForeignFiles.Refuse(file.Span);
        return format.Read(file, options);
    }
}
