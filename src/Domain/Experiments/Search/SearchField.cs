namespace MlOps.Domain.Experiments.Search;

/// <summary>What a search can compare and order by. One of the four says what it is; a field that is not there says null or nothing.</summary>
public sealed class SearchField<T>
{
    public Func<T, double?>? Number { get; private init; }

    public Func<T, string?>? Text { get; private init; }

    /// <summary>Of a field with several values: a comparison holds if it holds for one of them. It cannot be ordered by.</summary>
    public Func<T, IEnumerable<string>>? Texts { get; private init; }

    /// <summary>Of a field with several numbers, as <see cref="Texts"/>.</summary>
    public Func<T, IEnumerable<double>>? Numbers { get; private init; }

    /// <summary>Whether an item may lack it, so that <c>IS NULL</c> makes sense.</summary>
    public bool IsOptional { get; private init; }

    /// <summary>Whether it is not yet known, so that any comparison may hold: what is costly to read is asked for only where the rest holds.</summary>
    public Func<bool> IsUnknown { get; private init; } = static () => false;

    /// <summary>Whether it is the time, in milliseconds, by which documents lie in their table.</summary>
    public bool IsStart { get; private init; }

    internal static SearchField<T> OfNumber(Func<T, double?> value, bool optional = false) => new() { Number = value, IsOptional = optional };

    internal static SearchField<T> OfStart(Func<T, double?> value) => new() { Number = value, IsStart = true };

    internal static SearchField<T> OfText(Func<T, string?> value, bool optional = false) => new() { Text = value, IsOptional = optional };

    internal static SearchField<T> OfText(Func<T, string?> value, Func<bool> isUnknown) => new() { Text = value, IsUnknown = isUnknown };

    internal static SearchField<T> OfNumbers(Func<T, IEnumerable<double>> values) => new() { Numbers = values };

    internal static SearchField<T> OfTexts(Func<T, IEnumerable<string>> values, bool optional = false) => new() { Texts = values, IsOptional = optional };
}

/// <summary>The fields that a kind of thing has.</summary>
public interface ISearchFields<T>
{
    /// <param name="entity">What stands before the dot, or null.</param>
    /// <param name="key">What stands behind it.</param>
    /// <param name="why">What is wrong with the two, when null is returned.</param>
    SearchField<T>? Find(string? entity, string key, out string why);
}
