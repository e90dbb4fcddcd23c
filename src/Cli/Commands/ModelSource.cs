using System.CommandLine;
using MlOps.Cli.Api;
using MlOps.Cli.Files;
using MlOps.Domain.Registry;
using MlOps.Learning.Importing;
using MlOps.Learning.Trainers;

namespace MlOps.Cli.Commands;

/// <summary>A model for a local command: a file, also of another library, or `models:/NAME@ALIAS` from the registry.</summary>
internal static class ModelSource
{
    public static async Task<IModel> LoadAsync(ParseResult parsed, string model, CancellationToken cancellationToken)
    {
        if (!model.StartsWith("models:/", StringComparison.Ordinal))
            return await LoadFileAsync(parsed, model, cancellationToken);
        ModelSelector selector = ModelSelector.Parse(model);
        await using ApiClient api = ApiConnection.Open(parsed);
        using var bytes = new MemoryStream();
        string version = selector.Alias ?? selector.Version?.ToString() ?? "champion";
        await api.DownloadAsync($"api/v1/models/{ApiCommand.Segment(selector.Model)}/versions/{ApiCommand.Segment(version)}/file", bytes, cancellationToken);
        bytes.Position = 0;
        return ModelFile.Load(bytes, EditionInvocation.Of(parsed).Trainers.Formats);
    }

    /// <summary>What is no model file of ours is taken as one of another library, with the names that are in it.</summary>
    private static async Task<IModel> ImportAsync(FileStream file, CancellationToken cancellationToken)
    {
        var bytes = new byte[Math.Min(file.Length, ModelImporter.MaxBytes + 1L)];
        await file.ReadExactlyAsync(bytes, cancellationToken);
        return ModelImporter.Import(bytes, ImportOptions.Default).Model;
    }

    private static async Task<IModel> LoadFileAsync(ParseResult parsed, string path, CancellationToken cancellationToken)
    {
        await using FileStream file = TableFile.Open(path);
        try
        {
            var begin = new byte[8];
            int length = await file.ReadAtLeastAsync(begin, begin.Length, throwOnEndOfStream: false, cancellationToken);
            file.Position = 0;
            return ModelFile.IsOne(begin.AsSpan(0, length))
                ? ModelFile.Load(file, EditionInvocation.Of(parsed).Trainers.Formats)
                : await ImportAsync(file, cancellationToken);
        }
        catch (MlOpsException e)
        {
            throw new MlOpsException(e.Kind, e.Code, $"{path}: {e.Message}", e);
        }
    }
}
