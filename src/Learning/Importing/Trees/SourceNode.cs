namespace MlOps.Learning.Importing.Trees;

/// <summary>
/// A node as it came, in our terms: a number goes left when x &lt;= <paramref name="Value"/>, a category when its level is in the set at
/// <paramref name="Set"/>. A leaf has no children (-1) and the value.
/// </summary>
/// <param name="Set">What <see cref="TreeAssembler.AddSet"/> gave; -1 where a number is asked for.</param>
/// <param name="Cover">Training weight that came here; 0 where the source does not say.</param>
internal readonly record struct SourceNode(double Value, int Input, int Set, bool MissingLeft, int Left, int Right, float Cover, float Gain)
{
    public bool IsLeaf => Left < 0;

    public static SourceNode Leaf(double value, float cover = 0) => new(value, 0, -1, false, -1, -1, cover, 0);
}
