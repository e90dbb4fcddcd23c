using System.Security.Cryptography;
using System.Text;

namespace MlOps.Domain.Storage;

/// <summary>A document as it is to be stored.</summary>
/// <param name="Own">What goes into its row.</param>
/// <param name="Pieces">Of what it is made.</param>
/// <param name="Added">Parts to be written before the row.</param>
/// <param name="Due">Parts to be removed once the row is written: <paramref name="Pieces"/> knows them no more.</param>
public sealed record CutDocument(ReadOnlyMemory<byte> Own, PieceList Pieces, IReadOnlyList<(string Name, ReadOnlyMemory<byte> Bytes)> Added, IReadOnlyList<string> Due)
{
    /// <summary>What stays in the row of a document that is cut: what changed last.</summary>
    private const int OwnBytes = 512 << 10;

    /// <summary>Who reads a row reads its parts at once.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);
    private const int MaxDropped = 64;

    /// <summary>Cuts a document where it is longer than a row takes; pieces that the stored one has as parts stay those.</summary>
    /// <param name="document">At most 64 MiB, so that what is said of its pieces fits into the row.</param>
    /// <param name="before">What is stored.</param>
    /// <param name="version">The ETag of the row that will be replaced, null for none: it is in the names of new parts, so that a part that was removed never comes again.</param>
    public static CutDocument Of(ReadOnlyMemory<byte> document, PieceList before, string? version, DateTimeOffset now)
    {
        if (document.Length <= LargeValues.MaxBytes && before.IsNone)
            return new(document, PieceList.None, [], []);
        var cut = new Cut(document, before, Hash(Encoding.UTF8.GetBytes(version ?? ""), 8));
        if (document.Length > LargeValues.MaxBytes)
            cut.Divide();
        (IReadOnlyList<DroppedPart> dropped, IReadOnlyList<string> due) = Drop(before, [.. cut.Pieces.Select(p => p.Part)], now);
        return new(cut.Pieces.Count == 0 ? document : cut.Own(), new PieceList(cut.Pieces, dropped), cut.Added, due);
    }

    private static (IReadOnlyList<DroppedPart> Dropped, IReadOnlyList<string> Due) Drop(PieceList before, HashSet<string?> kept, DateTimeOffset now)
    {
        DroppedPart[] dropped = [.. before.Dropped, .. before.Parts.Where(name => !kept.Contains(name)).Select(name => new DroppedPart(name, now))];
        int due = Math.Max(dropped.Count(d => now - d.At > Grace), dropped.Length - MaxDropped);
        return (dropped[Math.Max(due, 0)..], [.. dropped.Take(due).Select(d => d.Name)]);
    }

    private static string Hash(ReadOnlySpan<byte> bytes, int length) => Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, length));

    private sealed class Cut(ReadOnlyMemory<byte> document, PieceList before, string version)
    {
        private const int HashBytes = 16;

        private readonly List<ReadOnlyMemory<byte>> _bytes = [];

        public List<Piece> Pieces { get; } = [];

        public List<(string Name, ReadOnlyMemory<byte> Bytes)> Added { get; } = [];

        public void Divide()
        {
            Dictionary<string, string> known = before.Parts.ToDictionary(ContentOf);
            int own = 0;
            foreach (Range range in ContentCuts.Of(document.Span))
            {
                ReadOnlyMemory<byte> bytes = document[range];
                string? part = known.Count == 0 ? null : known.GetValueOrDefault(Hash(bytes.Span, HashBytes));
                own += part is null ? bytes.Length : 0;
                Pieces.Add(new Piece(part, bytes.Length));
                _bytes.Add(bytes);
            }

            // What stands first changes least: a run's params are fixed, its metrics come last.
            for (int i = 0; own > OwnBytes; i++)
            {
                if (Pieces[i].Part is not null)
                    continue;
                string content = Hash(_bytes[i].Span, HashBytes);
                string name = $"{version}-{content}";
                own -= Pieces[i].Bytes;
                Pieces[i] = Pieces[i] with { Part = name };
                if (known.TryAdd(content, name))
                    Added.Add((name, _bytes[i]));
            }
        }

        /// <summary>The pieces that are no parts, one after the other.</summary>
        public byte[] Own()
        {
            byte[] own = new byte[Pieces.Sum(p => p.Part is null ? p.Bytes : 0)];
            int at = 0;
            for (int i = 0; i < Pieces.Count; i++)
            {
                if (Pieces[i].Part is not null)
                    continue;
                _bytes[i].CopyTo(own.AsMemory(at));
                at += _bytes[i].Length;
            }

            return own;
        }

        private static string ContentOf(string part) => part[(part.IndexOf('-', StringComparison.Ordinal) + 1)..];
    }
}
