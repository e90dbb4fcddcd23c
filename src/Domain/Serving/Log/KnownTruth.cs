using MlOps.Domain.Storage;

namespace MlOps.Domain.Serving.Log;

/// <summary>Feedback on one row, and what is known of that row.</summary>
/// <param name="Items">In the order they were given; the last one counts.</param>
/// <param name="Day">Where its truth lies; null: none is known.</param>
/// <param name="ETag">Of the row that says so: two processes must not both say so, each of a day of its own.</param>
internal sealed record KnownTruth(Feedback[] Items, string? Day, string? ETag, string? Truth)
{
    public Feedback Last => Items[^1];

    public bool IsSame => Truth == Last.Truth;

    /// <summary>How often the truth changes, taking one item after the other.</summary>
    public int Changes => Items.Select((item, i) => item.Truth == (i == 0 ? Truth : Items[i - 1].Truth) ? 0 : 1).Sum();

    /// <summary>Where the truth lies then. A day of a process whose clock is ahead stays: the later day is what readers take.</summary>
    public string DayAfter(string today) => Day is null || (!IsSame && string.CompareOrdinal(today, Day) > 0) ? today : Day;

    /// <summary>Days on which it lies no more, of where it was and of <paramref name="written"/>.</summary>
    public IEnumerable<string> DaysLeft(string today, IEnumerable<string> written) => written.Append(Day).OfType<string>().Distinct().Where(day => day != DayAfter(today));

    public EntityWrite Write(Entity known) => ETag is null ? EntityWrite.Insert(known) : EntityWrite.Replace(known, ETag);
}
