using MlOps.Domain.Storage;

namespace MlOps.Domain.Tests.Storage;

public sealed class EntitySizeTests
{
    [Fact]
    public void Of_KeysAlone_IsFourAndTwoACharacter() => Assert.Equal(4 + (2 * 5), EntitySize.Of(new Entity("ab", "cde")));

    [Fact]
    public void Of_KeyThatIsEscaped_CountsTheEscape() => Assert.Equal(4 + (2 * 5), EntitySize.Of(new Entity("/", "")));

    [Fact]
    public void Of_EveryType_FollowsAzuresFormula()
    {
        var entity = new Entity("", "")
        {
            ["Text"] = "abc",
            ["Int"] = 1L,
            ["Real"] = 1.0,
            ["Flag"] = true,
            ["Time"] = DateTimeOffset.UnixEpoch,
            ["Bin"] = new byte[10],
        };

        long names = (6 * 8) + (2 * (4 + 3 + 4 + 4 + 4 + 3));
        long values = (4 + 6) + 8 + 8 + 1 + 8 + (4 + 10);
        Assert.Equal(4 + names + values, EntitySize.Of(entity));
    }

    [Fact]
    public void OnTheWire_Binary_CountsAsBase64()
    {
        var entity = new Entity("", "") { ["B"] = new byte[10] };

        Assert.Equal(4 + 8 + 2 + Convert.ToBase64String(new byte[10]).Length, EntitySize.OnTheWire(entity));
    }
}
