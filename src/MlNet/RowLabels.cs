using Microsoft.ML;
using Microsoft.ML.Data;
using MlOps.Learning.Trainers;

namespace MlOps.MlNet;

/// <summary>The target as ML.NET wants it: true for the positive class, keys counted from 1, or a number.</summary>
/// <param name="values">The index of the class, or the number to learn.</param>
internal sealed class RowLabels(LearningTask task, int classes, double[] values)
{
    public DataViewType Type { get; } = task switch
    {
        LearningTask.Binary => BooleanDataViewType.Instance,
        LearningTask.Multiclass => new KeyDataViewType(typeof(uint), classes),
        _ => NumberDataViewType.Single,
    };

    /// <summary>A getter of the value at the row a cursor stands on.</summary>
    public Delegate Getter(Func<int> row) => task switch
    {
        LearningTask.Binary => (ValueGetter<bool>)((ref bool value) => value = values[row()] > 0),
        LearningTask.Multiclass => (ValueGetter<uint>)((ref uint value) => value = (uint)values[row()] + 1),
        _ => (ValueGetter<float>)((ref float value) => value = (float)values[row()]),
    };
}
