using FsCheck;
using FsCheck.Fluent;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Tests.Storage;

public sealed class KeyEscapeTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("run-1_a.b~C", "run-1_a.b~C")]
    [InlineData("a/b", "a!002Fb")]
    [InlineData("!", "!0021")]
    [InlineData("é#?\\", "!00E9!0023!003F!005C")]
    [InlineData("\U0001F600", "!D83D!DE00")]
    public void Escape_Text_IsAsWritten(string key, string escaped) => Assert.Equal(escaped, KeyEscape.Escape(key));

    [Fact]
    public void Unescape_OfAnyEscape_IsTheText() =>
        Prop.ForAll<string>(text => text is null || KeyEscape.Unescape(KeyEscape.Escape(text)) == text).QuickCheckThrowOnFailure();

    [Fact]
    public void Escape_OfAnyUnits_RoundTripsAndIsLegal() => Prop.ForAll<char[]>(units =>
    {
        string text = new(units);
        string escaped = KeyEscape.Escape(text);
        return KeyEscape.Unescape(escaped) == text && escaped.All(c => char.IsAsciiLetterOrDigit(c) || "._~-!".Contains(c));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Escape_OfAPrefix_IsAPrefixOfTheEscape() => Prop.ForAll<NonNull<string>, NonNull<string>>((head, tail) =>
        KeyEscape.Escape(head.Get + tail.Get).StartsWith(KeyEscape.Escape(head.Get), StringComparison.Ordinal)).QuickCheckThrowOnFailure();

    [Fact]
    public void Escape_DifferentTexts_StayDifferent() => Prop.ForAll<NonNull<string>, NonNull<string>>((a, b) =>
        (a.Get == b.Get) == (KeyEscape.Escape(a.Get) == KeyEscape.Escape(b.Get))).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("!")]
    [InlineData("a!00")]
    [InlineData("!00G0")]
    [InlineData("!-001")]
    public void Unescape_NoEscape_Throws(string text) => Assert.Throws<FormatException>(() => KeyEscape.Unescape(text));

    [Fact]
    public void SortKeys_Times_SortNewestFirst()
    {
        DateTimeOffset earlier = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        DateTimeOffset later = earlier.AddTicks(1);

        Assert.True(string.CompareOrdinal(SortKeys.NewestFirst(later), SortKeys.NewestFirst(earlier)) < 0);
    }
}
