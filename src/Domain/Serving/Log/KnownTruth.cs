using MlOps.Domain.Storage;

namespace MlOps.Domain.Serving.Log;

/// <summary>Feedback on one row, and what is known of that row.</summary>
/// <param name="Items">In the order they were given; the last truth counts, and the last reward.</param>
/// <param name="Day">Where what is known lies; null: nothing is.</param>
/// <param name="ETag">Of the row that says so: two processes must not both say so, each of a day of its own.</param>
internal sealed record KnownTruth(Feedback[] Items, string? Day, string? ETag, Feedback? Known)
{
    /// <summary>What is known after each item.</summary>
    private readonly Feedback[] _states = States(Items, Known);

    public Feedback Last => _states[^1];

    /// <summary>What the items say, but for a truth that is known: when it became so stays.</summary>
    public Feedback Sent
    {
        get
        {
            Feedback sent = States(Items, null)[^1];
            return sent is { Time: null, Reward: not null } && sent.Truth == Known?.Truth ? sent with { Truth = null } : sent;
        }
    }

    public bool IsSame => Says(Known, Last);

    /// <summary>How often what is known changes, taking one item after the other.</summary>
    public int Changes => _states.Where((state, i) => !Says(i == 0 ? Known : _states[i - 1], state)).Count();

    /// <summary>Where the truth lies then. A day of a process whose clock is ahead stays: the later day is what readers take.</summary>
    public string DayAfter(string today) => Day is null || (!IsSame && string.CompareOrdinal(today, Day) > 0) ? today : Day;

    /// <summary>Days on which it lies no more, of where it was and of <paramref name="written"/>.</summary>
    public IEnumerable<string> DaysLeft(string today, IEnumerable<string> written) => written.Append(Day).OfType<string>().Distinct().Where(day => day != DayAfter(today));

    /// <summary>An item without a truth leaves the one that is known, and when it became so; the same of a reward.</summary>
    private static Feedback[] States(Feedback[] items, Feedback? known)
    {
        var states = new Feedback[items.Length];
        for (int i = 0; i < items.Length; i++)
        {
            Feedback item = items[i];
            Feedback? before = i == 0 ? known : states[i - 1];
            states[i] = item with
            {
                Truth = item.Truth ?? before?.Truth,
                Time = before?.Truth is not null && (item.Truth is null || (item.Truth == before.Truth && item.Time is null)) ? before.Time : item.Time,
                Reward = item.Reward ?? before?.Reward,
            };
        }

        return states;
    }

    private static bool Says(Feedback? before, Feedback now) => before?.Truth == now.Truth && before?.Reward == now.Reward;

    public EntityWrite Write(Entity known) => ETag is null ? EntityWrite.Insert(known) : EntityWrite.Replace(known, ETag);
}
