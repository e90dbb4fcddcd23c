using MlOps.Learning.Explaining;
using MlOps.Learning.Importing.Catboost;
using MlOps.Learning.Importing.Lightgbm;
using MlOps.Learning.Importing.Onnx;
using MlOps.Learning.Importing.Xgboost;
using MlOps.Learning.Trainers.Boosting;

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
        if (file.Length > MaxBytesOf(options.Memory))
            throw ImportErrors.TooLarge("bytes", file.Length, MaxBytesOf(options.Memory));
        IImportFormat format = Known.FirstOrDefault(f => f.Recognises(file.Span)) ?? throw ForeignFiles.Refuse(file.Span);
        return Read(format, file, options);
    }

    /// <summary>The largest file that a host takes whose models may hold so many bytes together (<see cref="ImportOptions.Memory"/>).</summary>
    public static int MaxBytesOf(long memory) => (int)Math.Min(MaxBytes, memory / 4);

    internal static ImportedModel Read(IImportFormat format, ReadOnlyMemory<byte> file, ImportOptions options)
    {
        try
        {
            ImportedModel read = format.Read(file, options);
            return read.Model is TreeModel && SplitImportance.Lacks(read.Model) is { } lacks
                ? read with { Notes = [.. read.Notes, $"split importance has {lacks}"] }
                : read;
        }
        catch (OutOfMemoryException e)
        {
            throw new MlOpsException(ErrorKind.TooLarge, "model-import-too-large", "the model takes more memory than there is here: import a smaller model, or on a larger machine", e);
        }
#pragma warning disable CA1031 // The file is a stranger's: whatever it breaks is its own fault, and must not look like one of ours.
        catch (Exception e) when (e is not (MlOpsException or OperationCanceledException))
#pragma warning restore CA1031
        {
            throw new MlOpsException(
                ErrorKind.Invalid, "model-import-damaged", $"the file looks like {format.Name} and breaks its rules ({e.GetType().Name}: {e.Message}); save the model again with the library that trained it", e);
        }
    }
}
