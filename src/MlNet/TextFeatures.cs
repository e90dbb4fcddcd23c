using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Text;
using MlOps.Learning.Trainers;

namespace MlOps.MlNet;

/// <summary>Free text as counts of words and pairs of words, each text scaled to length 1 (ML.NET's FeaturizeText).</summary>
internal static class TextFeatures
{
    public const string Parameter = "textNgrams";

    public static TrainerParameter Declared { get; } =
        new(Parameter, 2_000, 10, 1_000_000, true, "most words and pairs of words of a text column that become features, in order of appearance");

    /// <summary>The column of the i-th text.</summary>
    public static string Source(int i) => $"Text{i}";

    /// <summary>From a view of numbers and texts to one of features.</summary>
    public static ITransformer Fit(MLContext ml, RowView rows, int texts, int ngrams)
    {
        string[] parts = [.. Enumerable.Range(0, texts).Select(i => $"{Source(i)}Features")];
        IEstimator<ITransformer> chain = Featurizer(ml, 0, parts[0], ngrams);
        for (int i = 1; i < texts; i++)
            chain = chain.Append(Featurizer(ml, i, parts[i], ngrams));
        string[] all = rows.Schema.GetColumnOrNull(RowView.Numbers) is null ? parts : [RowView.Numbers, .. parts];
        return chain.Append(ml.Transforms.Concatenate(RowView.Features, all)).Fit(rows);
    }

    /// <summary>Every row's features, computed once.</summary>
    public static StoredFeatures Apply(ITransformer transformer, RowView rows)
    {
        IDataView view = transformer.Transform(rows);
        DataViewSchema.Column column = view.Schema[RowView.Features];
        var vectors = new VBuffer<float>[(int)rows.GetRowCount()!.Value];
        using DataViewRowCursor cursor = view.GetRowCursor([column]);
        ValueGetter<VBuffer<float>> get = cursor.GetGetter<VBuffer<float>>(column);
        while (cursor.MoveNext())
            get(ref vectors[cursor.Position]);
        return new StoredFeatures(vectors, ((VectorDataViewType)column.Type).Size);
    }

    private static TextFeaturizingEstimator Featurizer(MLContext ml, int i, string output, int ngrams) => ml.Transforms.Text.FeaturizeText(
        output,
        new TextFeaturizingEstimator.Options
        {
            WordFeatureExtractor = new WordBagEstimator.Options { NgramLength = 2, UseAllLengths = true, MaximumNgramsCount = [ngrams] },
            CharFeatureExtractor = null,
            KeepPunctuations = false,
        },
        Source(i));
}
