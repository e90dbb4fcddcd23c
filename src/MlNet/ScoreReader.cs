using Microsoft.ML;
using Microsoft.ML.Data;
using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Linear;

namespace MlOps.MlNet;

/// <summary>Reads the scores of a transformed view in the shape of <see cref="Predictions.Scores"/>.</summary>
internal sealed class ScoreReader(ModelSignature signature, TargetScale scale)
{
    public double[] Read(IDataView scored) => signature.Task switch
    {
        LearningTask.Binary => Scalars(scored, "Probability"),
        LearningTask.Multiclass => Shares(scored),
        _ => [.. Scalars(scored, "Score").Select(s => scale.Mean + (s * scale.Deviation))],
    };

    private static double[] Scalars(IDataView scored, string name)
    {
        var scores = new List<double>();
        float value = 0;
        DataViewSchema.Column column = scored.Schema[name];
        using DataViewRowCursor cursor = scored.GetRowCursor([column]);
        ValueGetter<float> get = cursor.GetGetter<float>(column);
        while (cursor.MoveNext())
        {
            get(ref value);
            scores.Add(value);
        }

        return [.. scores];
    }

    private double[] Shares(IDataView scored)
    {
        var scores = new List<double>();
        VBuffer<float> value = default;
        DataViewSchema.Column column = scored.Schema["Score"];
        using DataViewRowCursor cursor = scored.GetRowCursor([column]);
        ValueGetter<VBuffer<float>> get = cursor.GetGetter<VBuffer<float>>(column);
        while (cursor.MoveNext())
        {
            get(ref value);
            scores.AddRange(Shares([.. value.DenseValues().Select(v => (double)v)]));
        }

        return [.. scores];
    }

    /// <summary>Sums to 1 in double precision; a row that every one-against-all model denies gets equal shares.</summary>
    private static double[] Shares(double[] scores)
    {
        double sum = scores.Sum();
        return [.. scores.Select(s => sum > 0 ? s / sum : 1.0 / scores.Length)];
    }
}
