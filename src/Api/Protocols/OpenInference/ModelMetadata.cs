using System.Globalization;
using MlOps.Domain.Registry;

namespace MlOps.Api.Protocols.OpenInference;

/// <summary>What the protocol tells of a model: a tensor a feature, -1 rows.</summary>
internal sealed record ModelMetadata(
    string Name, IReadOnlyList<string> Versions, string Platform, IReadOnlyList<TensorMetadata> Inputs, IReadOnlyList<TensorMetadata> Outputs)
{
    /// <param name="versions">Those that there are, newest first.</param>
    public static ModelMetadata Of(ModelVersion model, IReadOnlyList<ModelVersion> versions) => new(
        model.Model,
        [.. versions.Select(v => v.Version).Order().Select(v => v.ToString(CultureInfo.InvariantCulture))],
        $"mlops_{model.Trainer}",
        [.. model.Signature.Inputs.Select(f => new TensorMetadata(f.Name, TensorDatatype.Of(f.Type), [-1]))],
        [.. ModelOutput.Of(model.Signature.Task, model.Signature.Classes.Count).Select(o => new TensorMetadata(o.Name, o.Datatype, o.Shape(-1)))]);
}

internal sealed record TensorMetadata(string Name, string Datatype, IReadOnlyList<int> Shape);
