using Microsoft.ML;
using MlOps.Learning.Encoders;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Linear;

namespace MlOps.MlNet;

/// <summary>What an ML.NET model file holds besides its header.</summary>
/// <param name="Encoding">From inputs to numbers.</param>
/// <param name="Scale">From scores to the target's unit; (0, 1) for classes.</param>
/// <param name="Zip">ML.NET's model archive, normalised.</param>
internal sealed record MlNetParts(LinearEncoding Encoding, TargetScale Scale, byte[] Zip);

/// <summary>
/// A model of any ML.NET family. It always scores through the archive that its file holds, so that a fresh and a loaded model
/// cannot differ. Scoring is thread-safe: a transformer is immutable, and each call has its own cursor.
/// </summary>
internal sealed class MlNetModel(ModelHeader header, MlNetParts parts) : IModel
{
    private readonly InputBinder _binder = new(header.Signature.Inputs);
    private readonly ITransformer _transformer = ModelZip.Load(parts.Zip);

    public ModelSignature Signature => header.Signature;

    public string Trainer => header.Trainer;

    public IReadOnlyList<FeatureImportance> Importance => header.Importance;

    /// <summary>The archive, and as much again for what ML.NET made of it: its entries are arrays of numbers that are not compressed.</summary>
    public long? HeldBytes => MemorySize.Of(header) + _binder.HeldBytes + parts.Encoding.HeldBytes + (2 * MemorySize.Array(parts.Zip));

    public Predictions Score(Table rows)
    {
        var encoded = EncodedTable.Of(_binder.Bind(rows), parts.Encoding, new Workers(1, CancellationToken.None));
        return new Predictions(Signature.Task, Signature.Classes, new ScoreReader(Signature, parts.Scale).Read(_transformer.Transform(encoded.View())));
    }

    public void Save(Stream destination) => ModelFile.Write(MlNetModelFormat.Content(header, parts), destination);
}
