using System.Net;
using System.Net.Sockets;
using MlOps.Contracts;
using MlOps.Domain.Webhooks;

namespace MlOps.Domain.Tests.Webhooks;

/// <summary>That webhooks reach only what everybody reaches.</summary>
public sealed class WebhookTargetTests : IAsyncDisposable
{
    private readonly EmbeddedStores _stores = new();

    public async ValueTask DisposeAsync() => await _stores.DisposeAsync();

    [Theory]
    [InlineData("93.184.215.14", true)]
    [InlineData("2606:2800:21f:cb07::1", true)]
    [InlineData("127.0.0.1", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("172.16.0.1", false)]
    [InlineData("192.168.1.1", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("::1", false)]
    [InlineData("::", false)]
    [InlineData("fe80::1", false)]
    [InlineData("fd00::1", false)]
    [InlineData("ff02::1", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("64:ff9b::a00:1", false)]
    [InlineData("2002:a00:1::1", false)]
    [InlineData("2001:db8::1", false)]
    public void Address_OfSomeNetwork_IsPublicOrNot(string address, bool expected) => Assert.Equal(expected, PublicAddress.Is(IPAddress.Parse(address)));

    [Theory]
    [InlineData("http://example.com/a-path", "Invalid webhook URL scheme: 'http'. Allowed schemes are: https.")]
    [InlineData("file:///etc/passwd", "scheme: 'file'")]
    [InlineData("", "cannot be empty")]
    [InlineData("example.com/a-path", "must be absolute")]
    [InlineData("https://127.0.0.1/a-path", "must not resolve to a non-public IP address. '127.0.0.1' resolves to 127.0.0.1")]
    [InlineData("https://2130706433/a-path", "non-public")]
    [InlineData("https://ci:a-path@hooks.example/", "must not have a user or password")]
    [InlineData("https://[::1]:8443/a-path", "non-public")]
    [InlineData("https://inside.example/a-path", "'inside.example' resolves to 10.0.0.7")]
    [InlineData("https://nowhere.example/a-path", "Cannot resolve webhook URL hostname 'nowhere.example'")]
    public async Task Url_NotAllowed_IsRefusedWithWhyAndWithoutItsPath(string url, string expected)
    {
        await using var world = new WebhookWorld(_stores, _ => null, Target());

        var error = await Assert.ThrowsAsync<MlOpsException>(() => world.SubscribeAsync(url));

        Assert.Equal(ErrorKind.Invalid, error.Kind);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("a-path", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Url_OfAPublicName_IsTaken()
    {
        await using var world = new WebhookWorld(_stores, _ => null, Target());

        Webhook made = await world.SubscribeAsync("https://hooks.example/a?b=c");

        Assert.Equal("https://hooks.example/a?b=c", made.Url);
    }

    [Fact]
    public async Task Name_ThatStandsForThisMachineByThen_IsNotConnectedTo()
    {
        await using var receiver = new WebhookReceiver();
        IPAddress now = IPAddress.Parse("93.184.215.14");
        var target = new WebhookTarget(name => name == WebhookTarget.SchemesSetting ? "http" : null, (_, _) => Task.FromResult<IPAddress[]>([now]));
        await using var world = new WebhookWorld(_stores, _ => null, target);
        Webhook hook = await world.SubscribeAsync($"http://hooks.example:{receiver.Port}/");

        now = IPAddress.Loopback;
        WebhookTest test = await world.Store.TestAsync(hook.Id, null, default);
        await world.CreateModelAsync();
        await world.DeliverAsync();

        Assert.False(test.Success);
        Assert.Contains("non-public", test.ErrorMessage, StringComparison.Ordinal);
        // It may be public again: it waits, and no attempt is used up.
        Assert.Equal((0, 1), (receiver.Count, await world.WaitingAsync(hook.Id)));
        Assert.Equal(0, (await world.Queue.ListAsync(hook.Id, default).SingleAsync()).Attempts);
        Assert.Contains(world.Log.All, l => l.Contains("what comes after it waits", StringComparison.Ordinal));
        _stores.Time.Advance(TimeSpan.FromHours(25));
        await world.DeliverAsync();
        Assert.Equal(0, await world.WaitingAsync(hook.Id));
    }

    private static WebhookTarget Target() => new(_ => null, (host, _) => host switch
    {
        "hooks.example" => Task.FromResult<IPAddress[]>([IPAddress.Parse("93.184.215.14")]),
        "inside.example" => Task.FromResult<IPAddress[]>([IPAddress.Parse("93.184.215.14"), IPAddress.Parse("10.0.0.7")]),
        _ => throw new SocketException((int)SocketError.HostNotFound),
    });
}
