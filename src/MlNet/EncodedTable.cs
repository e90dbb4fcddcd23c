using MlOps.Learning.Encoders;
using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Linear;

namespace MlOps.MlNet;

/// <summary>A table in the encoding of a model: numbers, and texts where the model has such inputs.</summary>
internal sealed record EncodedTable(RowFeatures Features, IReadOnlyList<FreeTextReader> Texts)
{
    public static EncodedTable Of(BoundInputs inputs, LinearEncoding encoding, Workers workers) => new(
        new EncodedFeatures(DesignMatrix.From(inputs, encoding, workers), encoding),
        [.. Enumerable.Range(0, inputs.Width).Select(i => inputs[i]).OfType<FreeTextReader>()]);

    /// <summary>What the transformers of a model start from.</summary>
    public RowView View(CancellationToken cancellationToken = default) =>
        Texts.Count > 0 ? RowView.Of(Features, Texts, cancellationToken) : RowView.Of(Features, labels: null, cancellationToken);
}
