using System.Text;

namespace MlOps.Domain.Experiments.Search;

/// <summary>Takes a filter apart. A doubled quote within quotes stands for one.</summary>
internal static class FilterLexer
{
    private static readonly string[] Signs = ["!=", "<>", "<=", ">=", "=", "<", ">", "(", ")", ",", "."];

    /// <exception cref="MlOpsException">Invalid <c>filter-invalid</c>.</exception>
    public static List<FilterToken> Tokens(string text)
    {
        var tokens = new List<FilterToken>();
        int at = 0;
        while (true)
        {
            int before = at;
            while (at < text.Length && char.IsWhiteSpace(text[at]))
                at++;
            bool touches = at == before && at > 0;
            if (at == text.Length)
            {
                tokens.Add(new FilterToken(FilterTokenKind.End, "", at, touches));
                return tokens;
            }

            tokens.Add(Next(text, ref at) with { Touches = touches });
        }
    }

    private static FilterToken Next(string text, ref int at)
    {
        int start = at;
        char c = text[at];
        if (c is '\'' or '"')
            return new(FilterTokenKind.Text, Quoted(text, ref at), start, false);
        if (c == '`')
            return new(FilterTokenKind.Name, Quoted(text, ref at), start, false);
        if (NumberLength(text, at) is > 0 and int length)
        {
            at += length;
            return new(FilterTokenKind.Number, text[start..at], start, false);
        }

        if (IsWord(c))
        {
            while (at < text.Length && (IsWord(text[at]) || IsInner(text, at)))
                at++;
            return new(FilterTokenKind.Word, text[start..at], start, false);
        }

        int from = at;
        string sign = Signs.FirstOrDefault(s => text.AsSpan(from).StartsWith(s)) ?? throw FilterError.At(text, start, $"'{c}' means nothing here");
        at += sign.Length;
        return new(FilterTokenKind.Sign, sign, start, false);
    }

    private static string Quoted(string text, ref int at)
    {
        int start = at;
        char quote = text[at++];
        var value = new StringBuilder();
        for (; at < text.Length; at++)
        {
            if (text[at] == quote && (at + 1 == text.Length || text[at + 1] != quote))
            {
                at++;
                return value.ToString();
            }

            if (text[at] == quote)
                at++;
            value.Append(text[at]);
        }

        throw FilterError.At(text, start, $"the quote {quote} has no end");
    }

    private static bool IsWord(char c) => TrackingLimits.IsWordChar(c);

    /// <summary>Between two parts of a word: <c>val/loss</c>, <c>mlflow.runName</c>. A dot before a quote ends it.</summary>
    private static bool IsInner(string text, int at) => text[at] is '.' or '-' or '/' or ':' && at + 1 < text.Length && IsWord(text[at + 1]);

    /// <summary>0 when there is no number, also when a word begins with digits.</summary>
    private static int NumberLength(string text, int at)
    {
        int end = at;
        if (text[end] is '-' or '+')
            end++;
        int digits = Digits(text, ref end);
        if (end < text.Length && text[end] == '.' && (digits > 0 || (end + 1 < text.Length && char.IsAsciiDigit(text[end + 1]))))
        {
            end++;
            digits += Digits(text, ref end);
        }

        if (digits == 0)
            return 0;
        int exponent = end;
        if (end < text.Length && text[end] is 'e' or 'E')
        {
            exponent++;
            if (exponent < text.Length && text[exponent] is '-' or '+')
                exponent++;
            if (Digits(text, ref exponent) > 0)
                end = exponent;
        }

        return end < text.Length && (IsWord(text[end]) || IsInner(text, end)) ? 0 : end - at;
    }

    private static int Digits(string text, ref int at)
    {
        int start = at;
        while (at < text.Length && char.IsAsciiDigit(text[at]))
            at++;
        return at - start;
    }
}
