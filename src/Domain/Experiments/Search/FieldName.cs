namespace MlOps.Domain.Experiments.Search;

/// <summary>How a field is written: <c>key</c> or <c>entity.key</c>, each of the two as it is, in quotes or in backquotes.</summary>
/// <param name="Entity">What stands before the dot; null without one.</param>
internal readonly record struct FieldName(string? Entity, string Key)
{
    /// <summary>Takes the name that begins at a token, or nothing.</summary>
    /// <param name="at">Moved behind the name.</param>
    public static FieldName? Take(IReadOnlyList<FilterToken> tokens, ref int at)
    {
        FilterToken first = tokens[at];
        if (!CanName(first))
            return null;
        at++;
        if (first.Kind == FilterTokenKind.Word && first.Text.IndexOf('.', StringComparison.Ordinal) is > 0 and int dot)
            return new(first.Text[..dot], first.Text[(dot + 1)..]);
        if (!tokens[at].IsSign(".") || !tokens[at].Touches || tokens[at + 1] is not { Touches: true } second || !CanName(second))
            return new(null, first.Text);
        at += 2;
        return new(first.Text, second.Text);
    }

    private static bool CanName(FilterToken token) => token.Kind is FilterTokenKind.Word or FilterTokenKind.Name or FilterTokenKind.Text;
}
