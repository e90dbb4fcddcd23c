using System.Security.Cryptography;
using System.Text;
using MlOps.Contracts;
using MlOps.Domain.Access;

namespace MlOps.Domain.Tests.Access;

public sealed class SetupTokenTests : IAsyncLifetime
{
    private const string Secret = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ";
    private static readonly string Hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Secret)));

    private readonly EmbeddedStores _stores = new();
    private AccessTokens _tokens = null!;

    public Task InitializeAsync()
    {
        _tokens = new AccessTokens(_stores.Tables, _stores.Time, SetupToken.Read(Hash));
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await _stores.DisposeAsync();

    [Fact]
    public async Task Verify_SetupToken_IsAnAdminBeforeAnyTokenIsMade()
    {
        Assert.True(await _tokens.AnyAsync(default));
        Assert.Equal(new Principal("setup", Role.Admin), await _tokens.VerifyAsync("mlops_setup_" + Secret, default));
        Assert.Empty(await _tokens.ListAsync(default));
    }

    [Theory]
    [InlineData("mlops_setup_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPR")]
    [InlineData("mlops_admin_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ")]
    [InlineData("mlops_setup_")]
    public async Task Verify_AnotherText_IsNobody(string token) => Assert.Null(await _tokens.VerifyAsync(token, default));

    [Fact]
    public async Task Create_TokenAndHash_BelongTogether()
    {
        (string token, string hash) = SetupToken.Create();

        var tokens = new AccessTokens(_stores.Tables, _stores.Time, SetupToken.Read(hash));
        Assert.Equal(Role.Admin, (await tokens.VerifyAsync(token, default))!.Role);
        Assert.NotEqual(token, SetupToken.Create().Token);
    }

    [Fact]
    public async Task Verify_SettingRemoved_IsNobody() =>
        Assert.Null(await new AccessTokens(_stores.Tables, _stores.Time).VerifyAsync("mlops_setup_" + Secret, default));

    [Fact]
    public async Task CreateAndRevoke_ItsName_SayThatTheHostHasIt()
    {
        await Refused.AsAsync(ErrorKind.Conflict, "token-of-host", () => _tokens.CreateAsync("setup", Role.Viewer, default));
        await Refused.AsAsync(ErrorKind.Conflict, "token-of-host", () => _tokens.RevokeAsync("setup", default));
    }

    [Fact]
    public void Read_TheTokenInsteadOfItsHash_IsRefusedWithoutBeingQuoted()
    {
        var error = Assert.Throws<MlOpsException>(() => SetupToken.Read("mlops_setup_" + Secret));

        Assert.Equal("setup-token", error.Code);
        Assert.DoesNotContain(Secret, error.Message);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Read_NoSetting_IsNoToken(string? hash) => Assert.Null(SetupToken.Read(hash));
}
