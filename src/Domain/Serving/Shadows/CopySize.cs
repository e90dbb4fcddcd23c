using MlOps.Domain.Serving.Log;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Serving.Shadows;

/// <summary>Bytes that a copied request holds while it waits.</summary>
internal static class CopySize
{
    public static long Of(PredictionRecord record) => MemorySize.Array(record.Predictions.Scores) + Of(record.Rows);

    private static long Of(RecordedRows rows) => rows.Numbers is { } numbers
        ? MemorySize.Array(numbers.Values) + (numbers.Texts?.Values.Sum(MemorySize.Text) ?? 0)
        : rows.ToTable().Columns.Sum(Of);

    private static long Of(Column column) => column switch
    {
        BooleanColumn => MemorySize.Array<sbyte>(column.Count),
        CategoryColumn category => MemorySize.Array<int>(column.Count) + MemorySize.Texts(category.Levels),
        TextColumn text => MemorySize.Array<string?>(column.Count) + Sum(text.Values),
        _ => MemorySize.Array<double>(column.Count),
    };

    private static long Sum(ReadOnlySpan<string?> texts)
    {
        long bytes = 0;
        foreach (string? text in texts)
            bytes += MemorySize.Text(text);
        return bytes;
    }
}
