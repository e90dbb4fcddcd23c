namespace MlOps.Cli.Files;

/// <summary>A text file that a command line names, such as a pipeline file.</summary>
internal static class TextFile
{
    /// <exception cref="MlOpsException">NotFound <c>file-missing</c>; Invalid <c>file-folder</c>, <c>file-empty</c>.</exception>
    public static async Task<string> ReadAsync(string path, CancellationToken cancellationToken)
    {
        await using FileStream file = TableFile.Open(path);
        using var text = new StreamReader(file);
        return await text.ReadToEndAsync(cancellationToken);
    }
}
