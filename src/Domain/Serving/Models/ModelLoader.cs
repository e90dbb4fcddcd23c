using MlOps.Domain.Registry;
using MlOps.Domain.Training;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Serving.Models;

/// <summary>Makes a registered version ready to answer: its file is read, its example rows are replayed.</summary>
public sealed class ModelLoader(ModelStore store, WarmUp warmUp)
{
    public async Task<IModel> LoadAsync(ModelVersion version, CancellationToken cancellationToken)
    {
        IModel model = await store.LoadAsync(new ModelRef(version.ModelDigest, version.ModelSize), cancellationToken);
        await warmUp.RunAsync(version, model, cancellationToken);
        return model;
    }
}
