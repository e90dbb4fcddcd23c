using System.Globalization;
using System.Text.RegularExpressions;

namespace MlOps.Domain.Experiments.Search;

/// <summary>
/// MLflow's search language: <c>field comparator value</c> joined by AND. Beyond it: OR, parentheses, and <c>field BETWEEN a AND b</c>. A
/// thing without the field satisfies nothing but <c>IS NULL</c>, also not <c>!=</c>.
/// <code>
/// filter := both {OR both}    both := one {AND one}    one := '(' filter ')' | comparison
/// </code>
/// </summary>
internal sealed class FilterParser<T>
{
    /// <summary>More parentheses within each other than anybody writes.</summary>
    private const int MaxDepth = 50;

    /// <summary>Every run that is looked at costs as much as the filter is long.</summary>
    private const int MaxChars = 1 << 20;

    private const int MaxPatternChars = 1_000;

    /// <summary>For one text; texts have 8,000 characters at most, which take microseconds.</summary>
    private static readonly TimeSpan PatternTime = TimeSpan.FromMilliseconds(200);

    private readonly string _text;
    private readonly ISearchFields<T> _fields;
    private readonly List<FilterToken> _tokens;
    private int _at;
    private int _depth;

    private FilterParser(string text, ISearchFields<T> fields)
    {
        (_text, _fields) = (text, fields);
        _tokens = FilterLexer.Tokens(text);
    }

    /// <summary>True for all when the text is blank.</summary>
    /// <exception cref="MlOpsException">Invalid <c>filter-invalid</c>, saying where.</exception>
    public static Func<T, bool> Parse(string? text, ISearchFields<T> fields)
    {
        if (string.IsNullOrWhiteSpace(text))
            return _ => true;
        if (text.Length > MaxChars)
            throw FilterError.At(text, MaxChars, $"the filter has {text.Length:N0} characters, at most {MaxChars:N0} are allowed");
        var parser = new FilterParser<T>(text, fields);
        Func<T, bool> filter = parser.Either();
        return parser.Current.Kind == FilterTokenKind.End ? filter : throw parser.Expected("AND, OR or the end");
    }

    /// <summary>A field alone, with what may follow it: the rest of the text.</summary>
    /// <exception cref="MlOpsException">Invalid <c>filter-invalid</c>.</exception>
    public static (SearchField<T> Field, IReadOnlyList<FilterToken> After) ParseField(string text, ISearchFields<T> fields)
    {
        var parser = new FilterParser<T>(text, fields);
        SearchField<T> field = parser.Field();
        return (field, parser._tokens[parser._at..^1]);
    }

    private FilterToken Current => _tokens[_at];

    private Func<T, bool> Either()
    {
        if (++_depth > MaxDepth)
            throw FilterError.At(_text, Current.At, $"more than {MaxDepth} parentheses within each other");
        List<Func<T, bool>> any = [Both()];
        while (Take("OR"))
            any.Add(Both());
        _depth--;
        return any.Count == 1 ? any[0] : item => any.Exists(one => one(item));
    }

    // Lists and no nesting: a filter of a million clauses must not exhaust the stack.
    private Func<T, bool> Both()
    {
        List<Func<T, bool>> all = [One()];
        while (Take("AND"))
            all.Add(One());
        return all.Count == 1 ? all[0] : item => all.TrueForAll(one => one(item));
    }

    private Func<T, bool> One()
    {
        if (!TakeSign("("))
            return Comparison();
        Func<T, bool> inner = Either();
        return TakeSign(")") ? inner : throw Expected("')'");
    }

    private Func<T, bool> Comparison()
    {
        SearchField<T> field = Field();
        if (Take("IS"))
            return Nothing(field);
        if (field.Number is { } number)
        {
            Func<double, bool> holds = Numeric();
            return item => number(item) is { } value && holds(value);
        }

        if (field.Numbers is { } numbers)
        {
            Func<double, bool> holds = Numeric();
            return item => numbers(item).Any(holds);
        }

        Func<string, bool> test = Textual();
        if (field.Texts is { } values)
            return item => values(item).Any(test);
        Func<T, string?> one = field.Text!;
        return item => field.IsUnknown() || (one(item) is { } text && test(text));
    }

    private Func<T, bool> Nothing(SearchField<T> field)
    {
        bool negated = Take("NOT");
        if (!field.IsOptional)
            throw FilterError.At(_text, Current.At, "IS NULL asks for what may be missing, such as a metric, param or tag; this field is always there");
        if (!Take("NULL"))
            throw Expected("NULL");
        return item => IsNothing(field, item) != negated;
    }

    private static bool IsNothing(SearchField<T> field, T item) =>
        field.Number is { } number ? number(item) is null : field.Texts is { } texts ? !texts(item).Any() : field.Text!(item) is null;

    private Func<double, bool> Numeric()
    {
        if (Take("BETWEEN"))
        {
            double low = Number();
            double high = Take("AND") ? Number() : throw Expected("AND");
            return value => value >= low && value <= high;
        }

        FilterToken sign = Current;
        Func<double, double, bool> compare = NumberComparison(sign);
        _at++;
        double right = Number();
        return left => compare(left, right);
    }

    private Func<double, double, bool> NumberComparison(FilterToken sign) => sign.Kind != FilterTokenKind.Sign ? throw Expected("=, !=, <, <=, >, >= or BETWEEN for a number") : sign.Text switch
    {
        "=" => (a, b) => a == b,
        "!=" or "<>" => (a, b) => a != b,
        "<" => (a, b) => a < b,
        "<=" => (a, b) => a <= b,
        ">" => (a, b) => a > b,
        ">=" => (a, b) => a >= b,
        _ => throw Expected("=, !=, <, <=, >, >= or BETWEEN for a number"),
    };

    private Func<string, bool> Textual()
    {
        if (TakeSign("="))
            return Equal(Text());
        if (TakeSign("!=") || TakeSign("<>"))
            return Not(Equal(Text()));
        if (Take("BETWEEN"))
            return Between(Text(), Take("AND") ? Text() : throw Expected("AND"));
        bool negated = Take("NOT");
        if (Take("IN"))
            return negated ? Not(OneOf(Texts())) : OneOf(Texts());
        if (Take("LIKE"))
            return negated ? Not(Like(Text(), false)) : Like(Text(), false);
        if (Take("ILIKE"))
            return negated ? Not(Like(Text(), true)) : Like(Text(), true);
        if (Take("RLIKE"))
            return negated ? Not(Matching()) : Matching();
        throw Expected("=, !=, LIKE, ILIKE, RLIKE, IN or BETWEEN for a text");
    }

    /// <summary>A regular expression that is found anywhere in the text, in time proportional to the text: without look-around and back references.</summary>
    private Func<string, bool> Matching()
    {
        FilterToken token = Current;
        string pattern = Text();
        if (pattern.Length > MaxPatternChars)
            throw FilterError.At(_text, token.At, $"the regular expression has {pattern.Length:N0} characters, at most {MaxPatternChars:N0} are allowed");
        try
        {
            var regex = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, PatternTime);
            return text => Matches(regex, text, token);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw FilterError.At(_text, token.At, $"this is no regular expression that can be searched by: {e.Message}");
        }
    }

    private bool Matches(Regex regex, string text, FilterToken token)
    {
        try
        {
            return regex.IsMatch(text);
        }
        catch (RegexMatchTimeoutException)
        {
            throw FilterError.At(_text, token.At, "the regular expression takes too long: repeat less within what is repeated");
        }
    }

    private static Func<string, bool> Equal(string right) => left => left == right;

    private static Func<string, bool> Not(Func<string, bool> test) => value => !test(value);

    private static Func<string, bool> OneOf(HashSet<string> values) => values.Contains;

    private static Func<string, bool> Between(string low, string high) => value => string.CompareOrdinal(value, low) >= 0 && string.CompareOrdinal(value, high) <= 0;

    private static Func<string, bool> Like(string pattern, bool ignoreCase) => value => LikePattern.Matches(value, pattern, ignoreCase);

    private SearchField<T> Field()
    {
        int start = Current.At;
        FieldName name = FieldName.Take(_tokens, ref _at) ?? throw Expected("a field such as metrics.accuracy");
        return _fields.Find(name.Entity, name.Key, out string why) ?? throw FilterError.At(_text, start, why);
    }

    private double Number()
    {
        FilterToken token = Current;
        if (token.Kind != FilterTokenKind.Number)
            throw Expected("a number without quotes");
        _at++;
        return double.Parse(token.Text, NumberStyles.Float, CultureInfo.InvariantCulture);
    }

    private string Text()
    {
        FilterToken token = Current;
        if (token.Kind != FilterTokenKind.Text)
            throw Expected("a value in quotes");
        _at++;
        return token.Text;
    }

    private HashSet<string> Texts()
    {
        var texts = new HashSet<string>(StringComparer.Ordinal);
        if (!TakeSign("("))
            throw Expected("'(' and a list of values in quotes");
        do
            texts.Add(Text());
        while (TakeSign(","));
        return TakeSign(")") ? texts : throw Expected("',' or ')'");
    }

    private bool Take(string keyword) => Take(Current.Is(keyword));

    private bool TakeSign(string sign) => Take(Current.IsSign(sign));

    private bool Take(bool taken)
    {
        _at += taken ? 1 : 0;
        return taken;
    }

    private MlOpsException Expected(string what) => FilterError.At(_text, Current.At, $"expected {what}, found {Current}");
}
