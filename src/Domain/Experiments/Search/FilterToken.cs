namespace MlOps.Domain.Experiments.Search;

internal enum FilterTokenKind
{
    /// <summary>Letters, digits and <c>_ . - / :</c>, keywords too.</summary>
    Word,

    /// <summary>In backquotes: the name of a key.</summary>
    Name,

    /// <summary>In single or double quotes: a value, or the name of a key.</summary>
    Text,
    Number,

    /// <summary>A comparator, parenthesis, comma or dot.</summary>
    Sign,
    End,
}

/// <summary>A piece of a filter or an order.</summary>
/// <param name="Text">What it says, without its quotes.</param>
/// <param name="At">Where it begins.</param>
/// <param name="Touches">Whether it stands right behind the one before, without a blank.</param>
internal readonly record struct FilterToken(FilterTokenKind Kind, string Text, int At, bool Touches)
{
    public bool Is(string keyword) => Kind == FilterTokenKind.Word && Text.Equals(keyword, StringComparison.OrdinalIgnoreCase);

    public bool IsSign(string sign) => Kind == FilterTokenKind.Sign && Text == sign;

    public override string ToString() => Kind == FilterTokenKind.End ? "the end" : $"'{Text}'";
}
