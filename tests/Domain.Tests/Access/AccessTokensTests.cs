using MlOps.Contracts;
using MlOps.Domain.Access;
using MlOps.Domain.Storage;
using MlOps.Embedded.Storage;

namespace MlOps.Domain.Tests.Access;

public sealed class AccessTokensTests : IAsyncLifetime
{
    private readonly TempDirectory _temp = new();
    private SqliteEntityTable _tables = null!;
    private AccessTokens _tokens = null!;

    public async Task InitializeAsync()
    {
        _tables = await SqliteEntityTable.OpenAsync(_temp["meta.db"], TimeProvider.System, default);
        _tokens = new AccessTokens(_tables, TimeProvider.System);
    }

    public async Task DisposeAsync()
    {
        await _tables.DisposeAsync();
        _temp.Dispose();
    }

    [Theory]
    [InlineData(Role.Viewer)]
    [InlineData(Role.Contributor)]
    [InlineData(Role.Admin)]
    public async Task Verify_TokenJustMade_IsItsPrincipal(Role role)
    {
        string token = await _tokens.CreateAsync("ci-1", role, default);

        Assert.Equal(new Principal("ci-1", role), await _tokens.VerifyAsync(token, default));
    }

    [Fact]
    public async Task Verify_AnyChangedCharacter_IsNobody()
    {
        string token = await _tokens.CreateAsync("ci", Role.Admin, default);
        await _tokens.CreateAsync("cj", Role.Admin, default);

        // The last character holds two bits that no byte needs: a decoder would forgive them, we compare the text.
        for (int i = 0; i < token.Length; i++)
        {
            foreach (char c in "aB0_-j")
            {
                string other = token[..i] + c + token[(i + 1)..];
                if (other != token)
                    Assert.Null(await _tokens.VerifyAsync(other, default));
            }
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("mlops_")]
    [InlineData("mlops_ci_")]
    [InlineData("ci")]
    [InlineData("mlops_../x_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task Verify_NoToken_IsNobody(string? token)
    {
        await _tokens.CreateAsync("ci", Role.Admin, default);

        Assert.Null(await _tokens.VerifyAsync(token, default));
    }

    [Fact]
    public async Task Verify_SecretOfZeroHash_OfUnknownName_IsNobody() =>
        Assert.Null(await _tokens.VerifyAsync("mlops_nobody_" + new string('A', 43), default));

    [Fact]
    public async Task Create_Token_IsNotStored()
    {
        string token = await _tokens.CreateAsync("ci", Role.Admin, default);
        string secret = token.Split('_', 3)[2];

        Entity row = (await _tables.FindAsync("access", new("token", "ci"), default))!;
        Assert.Equal(32, row.Bytes("Hash")!.Length);
        Assert.DoesNotContain(row.Properties.Values, value => value is string text && text.Contains(secret));
    }

    [Fact]
    public async Task Create_SameNameTwice_IsAConflictAndKeepsTheFirst()
    {
        string first = await _tokens.CreateAsync("ci", Role.Viewer, default);

        await Refused.AsAsync(ErrorKind.Conflict, "token-exists", () => _tokens.CreateAsync("ci", Role.Admin, default));

        Assert.Equal(Role.Viewer, (await _tokens.VerifyAsync(first, default))!.Role);
    }

    [Theory]
    [InlineData("")]
    [InlineData("CI")]
    [InlineData("a_b")]
    [InlineData("-a")]
    [InlineData("a b")]
    [InlineData("a\n")]
    [InlineData("a2345678901234567890123456789012345678901")]
    public async Task Create_NameNotAllowed_IsInvalid(string name)
    {
        await Refused.AsAsync(ErrorKind.Invalid, "token-name", () => _tokens.CreateAsync(name, Role.Viewer, default));

        Assert.False(await _tokens.AnyAsync(default));
    }

    [Fact]
    public async Task Create_ManyTokens_AllDiffer()
    {
        var tokens = new HashSet<string>();
        for (int i = 0; i < 50; i++)
        {
            tokens.Add((await _tokens.CreateAsync("ci", Role.Viewer, default)).Split('_', 3)[2]);
            await _tokens.RevokeAsync("ci", default);
        }

        Assert.Equal(50, tokens.Count);
    }

    [Fact]
    public async Task Revoke_Token_EndsIt()
    {
        string token = await _tokens.CreateAsync("ci", Role.Admin, default);
        await _tokens.RevokeAsync("ci", default);

        Assert.Null(await _tokens.VerifyAsync(token, default));
        Assert.False(await _tokens.AnyAsync(default));
    }

    [Fact]
    public async Task Revoke_ThenCreateAgain_OldTokenStaysDead()
    {
        string old = await _tokens.CreateAsync("ci", Role.Admin, default);
        await _tokens.RevokeAsync("ci", default);
        await _tokens.CreateAsync("ci", Role.Admin, default);

        Assert.Null(await _tokens.VerifyAsync(old, default));
    }

    [Fact]
    public async Task Revoke_UnknownName_IsMissing()
    {
        MlOpsException refused = await Refused.AsAsync(ErrorKind.NotFound, "token-missing", () => _tokens.RevokeAsync("ci", default));

        Assert.Contains("'ci'", refused.Message);
    }

    [Fact]
    public async Task List_Tokens_AreByNameWithoutSecrets()
    {
        await _tokens.CreateAsync("b", Role.Viewer, default);
        await _tokens.CreateAsync("a", Role.Admin, default);

        IReadOnlyList<AccessToken> listed = await _tokens.ListAsync(default);

        Assert.Equal([("a", Role.Admin), ("b", Role.Viewer)], listed.Select(token => (token.Name, token.Role)));
    }

    [Fact]
    public async Task Create_UndefinedRole_IsRefused()
    {
        MlOpsException e = await Assert.ThrowsAsync<MlOpsException>(() => _tokens.CreateAsync("a", (Role)9, default));

        Assert.Equal((ErrorKind.Invalid, "token-role"), (e.Kind, e.Code));
        Assert.Empty(await _tokens.ListAsync(default));
    }

    [Fact]
    public async Task Any_FirstToken_TurnsTrue()
    {
        Assert.False(await _tokens.AnyAsync(default));
        await _tokens.CreateAsync("a", Role.Viewer, default);
        Assert.True(await _tokens.AnyAsync(default));
    }

    [Theory]
    [InlineData(Role.Viewer, Role.Contributor, false)]
    [InlineData(Role.Contributor, Role.Contributor, true)]
    [InlineData(Role.Admin, Role.Viewer, true)]
    public void MayActAs_Roles_AreOrdered(Role has, Role asked, bool may) => Assert.Equal(may, new Principal("p", has).MayActAs(asked));
}
