using MlOps.Domain.Experiments.Search;

namespace MlOps.Domain.Tests.Experiments.Search;

public sealed class FilterTests
{
    [Theory]
    [InlineData("", true)]
    [InlineData("number = 1.5", true)]
    [InlineData("number=1.5 and text='a''b'", true)]
    [InlineData("number > 1 AND number <= 1.5 AND number != 2", true)]
    [InlineData("number BETWEEN 1 AND 2 AND text = \"a'b\"", true)]
    [InlineData("number > 2 OR text LIKE 'a%'", true)]
    [InlineData("(number > 2 OR text LIKE 'a%') AND number < 0", false)]
    [InlineData("number > 2 OR text LIKE 'a%' AND number < 0", false)]
    [InlineData("number >= 15e-1 AND number < +.2e1", true)]
    [InlineData("text LIKE 'A%'", false)]
    [InlineData("text ILIKE 'A%'", true)]
    [InlineData("text ILIKE 'A_B'", true)]
    [InlineData("text NOT LIKE 'a%'", false)]
    [InlineData("text RLIKE '^a.b$'", true)]
    [InlineData("text RLIKE '^b'", false)]
    [InlineData("text NOT RLIKE '^b'", true)]
    [InlineData("text IN ('x', \"a'b\")", true)]
    [InlineData("text NOT IN ('x')", true)]
    [InlineData("many = 'one' AND many = 'two'", true)]
    [InlineData("many != 'one'", true)]
    [InlineData("many IN ('three')", false)]
    [InlineData("absent = 'x'", false)]
    [InlineData("absent != 'x'", false)]
    [InlineData("absent IS NULL", true)]
    [InlineData("absent is not null", false)]
    [InlineData("entity.`a key.b` IS NOT NULL", true)]
    [InlineData("entity.\"a key.b\" = 'v'", true)]
    [InlineData("`entity`.`a key.b` = 'v'", true)]
    [InlineData("entity.dotted.key-1/x = 'v'", true)]
    public void Filter_OverOneItem_Holds(string filter, bool holds) => Assert.Equal(holds, FilterParser<int>.Parse(filter, new Fields())(0));

    [Fact]
    public void Filter_WithALongRegularExpression_IsRefused()
    {
        Assert.False(FilterParser<int>.Parse($"text RLIKE '{new string('x', 1_000)}'", new Fields())(0));
        MlOpsException e = Assert.Throws<MlOpsException>(() => FilterParser<int>.Parse($"text RLIKE '{new string('x', 1_001)}'", new Fields()));
        Assert.Contains("at most 1,000", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("number", "expected =")]
    [InlineData("number =", "expected a number")]
    [InlineData("number = 'a'", "expected a number without quotes")]
    [InlineData("number LIKE 'a'", "expected =")]
    [InlineData("number IS NULL", "always there")]
    [InlineData("text = a", "expected a value in quotes")]
    [InlineData("text > 'a'", "expected =")]
    [InlineData("text = 'a", "has no end")]
    [InlineData("text IN 'a'", "expected '('")]
    [InlineData("text IN ()", "expected a value in quotes")]
    [InlineData("text = 'a' text = 'b'", "expected AND, OR or the end")]
    [InlineData("text = 'a' AND", "expected a field")]
    [InlineData("(text = 'a'", "expected ')'")]
    [InlineData("text = 'a' ; drop", "';' means nothing")]
    [InlineData("nothing = 1", "no nothing")]
    [InlineData("number BETWEEN 1", "expected AND")]
    [InlineData("text RLIKE '('", "no regular expression")]
    [InlineData("text RLIKE '(a)\\1'", "no regular expression")]
    public void Filter_ThatIsWrong_SaysWhere(string filter, string says)
    {
        MlOpsException e = Assert.Throws<MlOpsException>(() => FilterParser<int>.Parse(filter, new Fields()));

        Assert.Equal((ErrorKind.Invalid, "filter-invalid"), (e.Kind, e.Code));
        Assert.Contains(says, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Filter_OfAHundredThousandClauses_NeedsNoStack() =>
        Assert.True(FilterParser<int>.Parse(string.Join(" OR ", Enumerable.Repeat("number = 7", 50_000)) + " OR number = 1.5", new Fields())(0));

    [Fact]
    public void Filter_OfManyParentheses_IsRefused() =>
        Assert.Throws<MlOpsException>(() => FilterParser<int>.Parse(new string('(', 100_000), new Fields()));

    [Theory]
    [InlineData("", "", true)]
    [InlineData("", "%", true)]
    [InlineData("abc", "%b%", true)]
    [InlineData("abc", "b%", false)]
    [InlineData("a\nc", "a_c", true)]
    [InlineData("aXbXc", "a%X%c", true)]
    [InlineData("abab", "%ab", true)]
    [InlineData("ab", "___", false)]
    public void Like_AsSqlHasIt(string text, string pattern, bool matches) => Assert.Equal(matches, LikePattern.Matches(text, pattern, false));

    private sealed class Fields : ISearchFields<int>
    {
        public SearchField<int>? Find(string? entity, string key, out string why)
        {
            why = $"no {key}";
            return (entity, key) switch
            {
                (null, "number") => SearchField<int>.OfNumber(_ => 1.5),
                (null, "text") => SearchField<int>.OfText(_ => "a'b"),
                (null, "many") => SearchField<int>.OfTexts(_ => ["one", "two"]),
                (null, "absent") => SearchField<int>.OfText(_ => null, optional: true),
                ("entity", "a key.b" or "dotted.key-1/x") => SearchField<int>.OfText(_ => "v", optional: true),
                _ => null,
            };
        }
    }
}
