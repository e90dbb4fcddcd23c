using System.CommandLine;
using MlOps.Cli.Commands;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Cli.Files;

/// <summary>Reads a table from a file by its name: `.jsonl` and `.ndjson` are JSON Lines, everything else is CSV.</summary>
internal static class TableFile
{
    /// <summary>For every command that reads a file of rows.</summary>
    public static readonly Option<char?> Delimiter = new("--delimiter")
    {
        Description = "The character between fields, or tab (default: comma; tab for .tsv).",
        CustomParser = OptionValue.Delimiter,
    };

    /// <exception cref="MlOpsException">Invalid: the file's problems, each with line and column; NotFound <c>file-missing</c>.</exception>
    public static Task<Table> ReadAsync(string path, IReadOnlyDictionary<string, ColumnType>? types, int threads, char? delimiter, CancellationToken cancellationToken) =>
        ReadAsync(path, types, threads, delimiter, (stream, options) => CsvReader.ReadAsync(stream, options, cancellationToken), cancellationToken);

    /// <summary>Reads rows for a fit on all of them, as <see cref="TrainingCsv"/> does.</summary>
    /// <exception cref="MlOpsException">As for any table, or of the trainer's parameters.</exception>
    public static Task<Table> ReadToTrainAsync(
        string path, IReadOnlyDictionary<string, ColumnType>? types, ITrainer trainer, TrainingSpec spec, char? delimiter, CancellationToken cancellationToken) =>
        ReadAsync(path, types, spec.Threads, delimiter, (stream, options) => TrainingCsv.ReadAsync(stream, options, trainer, spec, cancellationToken), cancellationToken);

    private static async Task<Table> ReadAsync(
        string path, IReadOnlyDictionary<string, ColumnType>? types, int threads, char? delimiter, Func<Stream, CsvOptions, Task<Table>> readCsv, CancellationToken cancellationToken)
    {
        await using FileStream stream = Open(path);
        types ??= new Dictionary<string, ColumnType>();
        try
        {
            return FormatOf(path) == "jsonl"
                ? await JsonLinesReader.ReadAsync(stream, new JsonLinesOptions { Types = types, Threads = threads }, cancellationToken)
                : await readCsv(stream, new CsvOptions { Types = types, Threads = threads, Delimiter = delimiter ?? DelimiterOf(path) });
        }
        catch (MlOpsException e)
        {
            throw new MlOpsException(e.Kind, e.Code, $"{path}: {e.Message}", e);
        }
    }

    /// <summary>Errors of work on the rows of a file name the file.</summary>
    public static T Named<T>(string path, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (MlOpsException e)
        {
            throw new MlOpsException(e.Kind, e.Code, $"{path}: {e.Message}", e);
        }
    }

    /// <summary><c>csv</c> or <c>jsonl</c>.</summary>
    public static string FormatOf(string path) =>
        path.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".ndjson", StringComparison.OrdinalIgnoreCase) ? "jsonl" : "csv";

    private static char DelimiterOf(string path) => path.EndsWith(".tsv", StringComparison.OrdinalIgnoreCase) ? '\t' : ',';

    public static FileStream Open(string path)
    {
        if (Directory.Exists(path))
            throw MlOpsException.Invalid("file-folder", $"{path} is a folder; name a file");
        if (!File.Exists(path))
            throw MlOpsException.NotFound("file-missing", $"there is no file {Path.GetFullPath(path)}");
        CheckPlain(path);
        return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.Asynchronous | FileOptions.SequentialScan);
    }

    /// <summary>Opening a pipe or a device would wait for ever, or never end; both have no length, like an empty file.</summary>
    private static void CheckPlain(string path)
    {
        FileSystemInfo plain = File.ResolveLinkTarget(path, returnFinalTarget: true) ?? new FileInfo(path);
        if (plain is FileInfo { Length: 0 })
            throw MlOpsException.Invalid("file-empty", $"{path} is empty, or a pipe or a device, which cannot be read here; name a file that has something in it");
    }

    /// <summary>
    /// Reads rows for a model: inputs get the types they had in training, whatever this file alone would suggest (a column of zip
    /// codes, a category with only numerals today).
    /// </summary>
    public static Task<Table> ReadForAsync(string path, ModelSignature signature, char? delimiter, CancellationToken cancellationToken) =>
        ReadLikeAsync(path, signature.Inputs.ToDictionary(i => i.Name, i => i.Type), delimiter, cancellationToken);

    /// <summary>Reads with the wanted type for each wanted column that the file has.</summary>
    public static async Task<Table> ReadLikeAsync(string path, IReadOnlyDictionary<string, ColumnType> wanted, char? delimiter, CancellationToken cancellationToken)
    {
        Table inferred = await ReadAsync(path, null, 0, delimiter, cancellationToken);
        Dictionary<string, ColumnType> others = wanted
            .Where(w => inferred.Find(w.Key) is { } column && column.Type != w.Value)
            .ToDictionary(w => w.Key, w => w.Value);
        return others.Count == 0 ? inferred : await ReadAsync(path, others, 0, delimiter, cancellationToken);
    }
}
