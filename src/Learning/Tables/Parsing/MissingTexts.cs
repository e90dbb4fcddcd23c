using System.Text;

namespace MlOps.Learning.Tables.Parsing;

/// <summary>The texts that mean "missing", as bytes.</summary>
internal sealed class MissingTexts(IEnumerable<string> texts)
{
    private readonly bool _empty = texts.Contains("");
    private readonly byte[][] _others = [.. texts.Where(t => t.Length > 0).Select(Encoding.UTF8.GetBytes)];

    /// <summary>Only the empty field can be missing.</summary>
    public bool IsPlain => _empty && _others.Length == 0;

    public bool Contains(ReadOnlySpan<byte> field)
    {
        if (field.Length == 0)
            return _empty;
        foreach (byte[] other in _others)
        {
            if (field.SequenceEqual(other))
                return true;
        }

        return false;
    }
}
