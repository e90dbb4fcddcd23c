namespace MlOps.Learning.Importing;

/// <summary>One kind of file that other libraries write.</summary>
internal interface IImportFormat
{
    string Name { get; }

    /// <summary>Whether the file begins as such files do; nobody else's files may.</summary>
    bool Recognises(ReadOnlySpan<byte> file);

    /// <exception cref="MlOpsException">As of <see cref="ModelImporter.Import"/>.</exception>
    ImportedModel Read(ReadOnlyMemory<byte> file, ImportOptions options);
}
