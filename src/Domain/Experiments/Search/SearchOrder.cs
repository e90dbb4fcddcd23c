namespace MlOps.Domain.Experiments.Search;

/// <summary>What one item is ordered by: a number or a text; NaN stands behind numbers and what is missing behind that, in both directions.</summary>
internal readonly record struct SortKey(byte Rank, double Number, string? Text)
{
    public static SortKey Of(double? value) => value is not { } number ? new(2, 0, null) : double.IsNaN(number) ? new(1, 0, null) : new(0, number, null);

    public static SortKey Of(string? value) => value is null ? new(2, 0, null) : new(0, 0, value);

    public int CompareTo(SortKey other, bool descending)
    {
        if (Rank != other.Rank)
            return Rank.CompareTo(other.Rank);
        int order = Text is null ? Number.CompareTo(other.Number) : string.CompareOrdinal(Text, other.Text);
        return descending ? -order : order;
    }
}

/// <summary>One of a search's <c>order_by</c>.</summary>
internal sealed record SearchOrder<T>(Func<T, SortKey> Key, bool Descending)
{
    /// <summary>Newest first, as documents lie in their table.</summary>
    public bool IsTableOrder { get; private init; }

    /// <exception cref="MlOpsException">Invalid <c>filter-invalid</c>.</exception>
    public static SearchOrder<T> Parse(string text, ISearchFields<T> fields)
    {
        (SearchField<T> field, IReadOnlyList<FilterToken> rest) = FilterParser<T>.ParseField(text, fields);
        bool descending = rest switch
        {
            [] => false,
            [var only] when only.Is("ASC") => false,
            [var only] when only.Is("DESC") => true,
            [var first, ..] => throw FilterError.At(text, first.At, $"expected ASC, DESC or the end, found {first}"),
            _ => false,
        };
        return Of(field, descending, text);
    }

    /// <param name="text">Where the field stands, for the message.</param>
    /// <exception cref="MlOpsException">Invalid <c>filter-invalid</c>.</exception>
    public static SearchOrder<T> Of(SearchField<T> field, bool descending, string text)
    {
        if (field.Number is { } number)
            return new(item => SortKey.Of(number(item)), descending) { IsTableOrder = field.IsStart && descending };
        if (field.Text is { } value)
            return new(item => SortKey.Of(value(item)), descending);
        throw FilterError.At(text, 0, "this cannot be ordered by: there may be several");
    }
}
