using MlOps.Domain.Registry;
using MlOps.Learning.Exporting;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Serving.Models;

/// <summary>
/// Versions in the formats of other libraries. The model comes out of the cache, within its budget; one at a time, since what is written takes
/// a multiple of the model for a while.
/// </summary>
public sealed class ModelExports(ModelCache models)
{
    /// <summary>Needs no disposal: nobody asks for its wait handle.</summary>
    private SemaphoreSlim One { get; } = new(1);

    /// <exception cref="MlOpsException">As of <see cref="ModelExporter.Export"/>; Unavailable when the model cannot be loaded.</exception>
    public async Task WriteAsync(ModelVersion version, string format, Stream destination, CancellationToken cancellationToken)
    {
        ModelExporter.ExtensionOf(format);
        await One.WaitAsync(cancellationToken);
        try
        {
            IModel model = await LoadAsync(version, cancellationToken);
            await Task.Run(() => ModelExporter.Export(model, format, destination), cancellationToken);
        }
        finally
        {
            One.Release();
        }
    }

    private async Task<IModel> LoadAsync(ModelVersion version, CancellationToken cancellationToken)
    {
        try
        {
            return await models.GetAsync(version, cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            throw LoadFailure.Of(version, e);
        }
    }
}
