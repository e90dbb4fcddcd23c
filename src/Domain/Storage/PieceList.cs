using System.Globalization;
using System.Text;

namespace MlOps.Domain.Storage;

/// <summary>A piece of a document.</summary>
/// <param name="Part">The row of the parts' table that it is in; null where it is in the document's own row.</param>
public readonly record struct Piece(string? Part, int Bytes);

/// <summary>A part that the document was made of before.</summary>
public readonly record struct DroppedPart(string Name, DateTimeOffset At);

/// <summary>Of what a row's document is made, when it is longer than a row may be; see <see cref="DocumentParts"/>.</summary>
/// <param name="Dropped">Parts that it no longer needs, and whose removal is still to come: who read the row before may be about to read them. Oldest first.</param>
public sealed record PieceList(IReadOnlyList<Piece> Pieces, IReadOnlyList<DroppedPart> Dropped)
{
    /// <summary>Of a document that is in its row as a whole.</summary>
    public static readonly PieceList None = new([], []);

    private const string Property = "parts";

    /// <summary>Whether there is nothing to say.</summary>
    public bool IsNone => Pieces.Count == 0 && Dropped.Count == 0;

    /// <summary>Each name once.</summary>
    public IEnumerable<string> Parts => Pieces.Where(p => p.Part is not null).Select(p => p.Part!).Distinct();

    /// <summary>That of a stored row; <see cref="None"/> of one that has none.</summary>
    public static PieceList Read(Entity row)
    {
        if (row.Large(Property) is not { } stored)
            return None;
        var pieces = new List<Piece>();
        var dropped = new List<DroppedPart>();
        foreach (string line in Encoding.ASCII.GetString(stored).Split('\n'))
        {
            switch (line.Split(' '))
            {
                case ["own", var bytes]:
                    pieces.Add(new Piece(null, int.Parse(bytes, CultureInfo.InvariantCulture)));
                    break;
                case ["part", var name, var bytes]:
                    pieces.Add(new Piece(name, int.Parse(bytes, CultureInfo.InvariantCulture)));
                    break;
                case ["dropped", var name, var at]:
                    dropped.Add(new DroppedPart(name, DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(at, CultureInfo.InvariantCulture))));
                    break;
            }
        }

        return new PieceList(pieces, dropped);
    }

    /// <summary>Sets property <c>parts</c> of a row: a line <c>own [bytes]</c>, <c>part [name] [bytes]</c> or <c>dropped [name] [Unix milliseconds]</c> each.</summary>
    public void Write(Entity row)
    {
        if (IsNone)
            return;
        IEnumerable<string> lines = Pieces.Select(p => p.Part is null ? Line($"own {p.Bytes}") : Line($"part {p.Part} {p.Bytes}"))
            .Concat(Dropped.Select(d => Line($"dropped {d.Name} {d.At.ToUnixTimeMilliseconds()}")));
        row.SetLarge(Property, Encoding.ASCII.GetBytes(string.Join('\n', lines)));
    }

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
