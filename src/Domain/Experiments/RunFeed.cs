using System.Globalization;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Experiments;

/// <summary>
/// What one process changed last in an experiment, so that searches of other processes read only that again. It is a row
/// <c>w-[number of the writer]</c> beside the experiment's runs, written in the same batch as they are: <c>seq</c> counts the writes,
/// <c>runs</c> holds <c>[seq] [run id]</c> a line for the last runs that were changed, each once, and <c>floor</c> is the greatest
/// number that fell out of it. Only its own process writes the row, one batch after the other.
/// </summary>
internal sealed class RunFeed(string experimentId, string row)
{
    public const string Prefix = "w-";

    private const int Kept = 64;

    private readonly Dictionary<string, long> _runs = new(StringComparer.Ordinal);
    private long _seq;
    private long _floor;

    public string Row => row;

    /// <summary>The row to write along with changes of these runs.</summary>
    public EntityWrite After(IEnumerable<string> runIds)
    {
        _seq++;
        foreach (string id in runIds)
            _runs[id] = _seq;
        while (_runs.Count > Kept)
        {
            KeyValuePair<string, long> oldest = _runs.MinBy(r => r.Value);
            _floor = Math.Max(_floor, oldest.Value);
            _runs.Remove(oldest.Key);
        }

        return EntityWrite.Upsert(new Entity(experimentId, row)
        {
            ["seq"] = _seq,
            ["floor"] = _floor,
            ["runs"] = string.Join('\n', _runs.Select(r => string.Create(CultureInfo.InvariantCulture, $"{r.Value} {r.Key}"))),
        });
    }

    /// <summary>A key that sorts in order of the numbers; a number is never taken again, which would hide its first writes.</summary>
    public static string RowOf(long number) => Prefix + SortKeys.SmallestFirst(number);

    public static long NumberOf(string row) => long.Parse(row.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture);
}

/// <summary>A feed as another process reads it.</summary>
internal sealed record FeedState(string Writer, long Seq, long Floor, IReadOnlyList<(long Seq, string RunId)> Runs)
{
    public static FeedState Read(Entity row) => new(row.Key.Row, row.Int("seq") ?? 0, row.Int("floor") ?? 0, [.. Lines(row.Text("runs") ?? "")]);

    private static IEnumerable<(long Seq, string RunId)> Lines(string text)
    {
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            int blank = line.IndexOf(' ', StringComparison.Ordinal);
            yield return (long.Parse(line.AsSpan(0, blank), NumberStyles.None, CultureInfo.InvariantCulture), line[(blank + 1)..]);
        }
    }
}
