using MlOps.Learning.Trainers;

namespace MlOps.Learning.Exporting;

/// <summary>One kind of file that other libraries read.</summary>
internal interface IExportFormat
{
    string Name { get; }

    /// <summary>With the dot.</summary>
    string Extension { get; }

    /// <returns>What the owner should know of the file, a sentence each.</returns>
    /// <exception cref="MlOpsException">Invalid <c>model-export-unsupported</c>.</exception>
    IReadOnlyList<string> Write(IModel model, Stream destination);
}
