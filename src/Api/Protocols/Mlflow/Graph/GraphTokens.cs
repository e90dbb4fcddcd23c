using System.Globalization;
using System.Text;

namespace MlOps.Api.Protocols.Mlflow.Graph;

internal enum GraphTokenKind
{
    Name,
    Number,
    Text,
    Sign,
    End,
}

internal readonly record struct GraphToken(GraphTokenKind Kind, string Text);

/// <summary>Takes a GraphQL document apart (GraphQL specification, October 2021, section 2.1).</summary>
internal static class GraphTokens
{
    public static List<GraphToken> Of(string text)
    {
        var tokens = new List<GraphToken>();
        int at = 0;
        while (Skip(text, ref at))
            tokens.Add(Next(text, ref at));
        tokens.Add(new(GraphTokenKind.End, ""));
        return tokens;
    }

    private static bool Skip(string text, ref int at)
    {
        while (at < text.Length && (char.IsWhiteSpace(text[at]) || text[at] is ',' or '\uFEFF' or '#'))
        {
            if (text[at] == '#')
                at = text.IndexOf('\n', at) is >= 0 and int end ? end : text.Length;
            else
                at++;
        }

        return at < text.Length;
    }

    private static GraphToken Next(string text, ref int at)
    {
        int start = at;
        char c = text[at];
        if (char.IsAsciiLetter(c) || c == '_')
        {
            while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] == '_'))
                at++;
            return new(GraphTokenKind.Name, text[start..at]);
        }

        if (char.IsAsciiDigit(c) || c == '-')
        {
            at++;
            while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] is '.' or '+' or '-'))
                at++;
            return new(GraphTokenKind.Number, text[start..at]);
        }

        if (c == '"')
            return new(GraphTokenKind.Text, Quoted(text, ref at));
        if (text.AsSpan(at).StartsWith("..."))
        {
            at += 3;
            return new(GraphTokenKind.Sign, "...");
        }

        at++;
        return "{}()[]:$!=@|&".Contains(c, StringComparison.Ordinal) ? new(GraphTokenKind.Sign, c.ToString()) : throw GraphError.Of($"'{c}' at character {start + 1} means nothing");
    }

    private static string Quoted(string text, ref int at)
    {
        int start = ++at;
        if (text.AsSpan(start).StartsWith("\"\""))
        {
            int end = text.IndexOf("\"\"\"", start + 2, StringComparison.Ordinal);
            if (end < 0)
                throw GraphError.Of("a text has no end");
            at = end + 3;
            return text[(start + 2)..end].Trim();
        }

        var value = new StringBuilder();
        for (; at < text.Length && text[at] != '\n'; at++)
        {
            if (text[at] == '"')
            {
                at++;
                return value.ToString();
            }

            value.Append(text[at] == '\\' ? Escaped(text, ref at) : text[at]);
        }

        throw GraphError.Of("a text has no end");
    }

    private static char Escaped(string text, ref int at)
    {
        at++;
        char c = at < text.Length ? text[at] : '\0';
        if (c != 'u')
            return c switch { 'n' => '\n', 't' => '\t', 'r' => '\r', 'b' => '\b', 'f' => '\f', _ => c };
        if (at + 4 >= text.Length || !ushort.TryParse(text.AsSpan(at + 1, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ushort unit))
            throw GraphError.Of("an escaped character is not of four hexadecimal digits");
        at += 4;
        return (char)unit;
    }
}
