using MlOps.Learning.Tables;

namespace MlOps.Domain.Serving.Batches;

/// <summary>Tables bound to one signature, one below the other.</summary>
internal static class RowJoin
{
    public static Table Of(IReadOnlyList<Table> tables) =>
        new([.. tables[0].Columns.Select(column => Join([.. tables.Select(t => t[column.Name])]))], tables.Sum(t => t.RowCount));

    private static Column Join(Column[] parts) => parts[0] switch
    {
        NumberColumn => new NumberColumn(parts[0].Name, Values<double>(parts, p => ((NumberColumn)p).Values)),
        BooleanColumn => new BooleanColumn(parts[0].Name, Values<sbyte>(parts, p => ((BooleanColumn)p).Values)),
        TimestampColumn => new TimestampColumn(parts[0].Name, Values<long>(parts, p => ((TimestampColumn)p).Ticks)),
        CategoryColumn => CategoryColumn.From(parts[0].Name, Texts(parts)),
        _ => new TextColumn(parts[0].Name, [.. Texts(parts)]),
    };

    private static T[] Values<T>(Column[] parts, ValuesOf<T> of)
    {
        var all = new T[parts.Sum(p => p.Count)];
        int at = 0;
        foreach (Column part in parts)
        {
            of(part).CopyTo(all.AsSpan(at));
            at += part.Count;
        }

        return all;
    }

    private static IEnumerable<string?> Texts(Column[] parts) => parts.SelectMany(p => Enumerable.Range(0, p.Count).Select(p.Format));

    private delegate ReadOnlySpan<T> ValuesOf<T>(Column column);
}
