namespace MlOps.Cli.Files;

/// <summary>Output files are there whole or not at all.</summary>
internal static class AtomicFile
{
    /// <summary>Before the work whose result is to be written: minutes of it must not be lost to a misspelt folder.</summary>
    /// <exception cref="MlOpsException">Invalid <c>output-folder</c>.</exception>
    public static void Check(string path)
    {
        string full = Path.GetFullPath(path);
        if (Directory.Exists(full))
            throw MlOpsException.Invalid("output-folder", $"cannot write {path}: it is a folder; name a file in it");
        if (Path.GetDirectoryName(full) is { } folder && !Directory.Exists(folder))
            throw MlOpsException.Invalid("output-folder", $"cannot write {path}: the folder {folder} does not exist; make it first");
    }

    public static async Task WriteAsync(string path, Func<Stream, Task> write, CancellationToken cancellationToken)
    {
        Check(path);
        string full = Path.GetFullPath(path);
        string temporary = $"{full}.{Environment.ProcessId}.tmp";
        try
        {
            await using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16, useAsync: true))
            {
                await write(stream);
                await stream.FlushAsync(cancellationToken);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, full, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
