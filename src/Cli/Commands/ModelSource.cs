using System.CommandLine;
using MlOps.Cli.Api;
using MlOps.Cli.Files;
using MlOps.Domain.Registry;
using MlOps.Learning.Trainers;

namespace MlOps.Cli.Commands;

/// <summary>A model for a local command: a file, or `models:/NAME@ALIAS` from the registry.</summary>
internal static class ModelSource
{
    public static async Task<IModel> LoadAsync(ParseResult parsed, string model, CancellationToken cancellationToken)
    {
        if (!model.StartsWith("models:/", StringComparison.Ordinal))
            return await LoadFileAsync(parsed, model);
        ModelSelector selector = ModelSelector.Parse(model);
        await using ApiClient api = ApiConnection.Open(parsed);
        using var bytes = new MemoryStream();
        string version = selector.Alias ?? selector.Version?.ToString() ?? "champion";
        await api.DownloadAsync($"api/v1/models/{ApiCommand.Segment(selector.Model)}/versions/{ApiCommand.Segment(version)}/file", bytes, cancellationToken);
        bytes.Position = 0;
        return ModelFile.Load(bytes, EditionInvocation.Of(parsed).Trainers.Formats);
    }

    private static async Task<IModel> LoadFileAsync(ParseResult parsed, string path)
    {
        await using FileStream file = TableFile.Open(path);
        try
        {
            return ModelFile.Load(file, EditionInvocation.Of(parsed).Trainers.Formats);
        }
        catch (MlOpsException e)
        {
            throw new MlOpsException(e.Kind, e.Code, $"{path}: {e.Message}", e);
        }
    }
}
