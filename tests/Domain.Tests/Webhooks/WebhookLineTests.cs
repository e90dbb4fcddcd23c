using System.Net;
using System.Net.Sockets;
using MlOps.Contracts;
using MlOps.Domain.Storage;
using MlOps.Domain.Webhooks;

namespace MlOps.Domain.Tests.Webhooks;

/// <summary>The line of what waits for a webhook: its order, what holds it up, and what becomes of it when the webhook changes.</summary>
public sealed class WebhookLineTests : IAsyncLifetime
{
    private readonly EmbeddedStores _stores = new();
    private readonly WebhookReceiver _receiver = new();
    private WebhookWorld _world = null!;

    public Task InitializeAsync()
    {
        _world = new WebhookWorld(_stores);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        _receiver.Release();
        await _world.DisposeAsync();
        await _receiver.DisposeAsync();
        await _stores.DisposeAsync();
    }

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task Line_ReceiverInTrouble_RestsAndKeepsItsOrder(int status)
    {
        await _world.SubscribeAsync(_receiver.Url);
        _receiver.Answer(status, retryAfter: "60");
        _world.DieAfterChanges();
        await _world.CreateModelAsync("a");
        _stores.Time.Advance(TimeSpan.FromSeconds(1));
        await _world.CreateModelAsync("b");

        await _world.DeliverAsync();
        _stores.Time.Advance(TimeSpan.FromSeconds(59));
        await _world.DeliverAsync();
        Assert.Equal(1, _receiver.Count);
        _stores.Time.Advance(TimeSpan.FromSeconds(1));
        await _world.DeliverAsync();

        Assert.Equal("a a b", $"{await NextAsync()} {await NextAsync()} {await NextAsync()}");
    }

    [Fact]
    public async Task Line_HeadThatAnotherProcessIsSending_Waits()
    {
        Webhook hook = await _world.SubscribeAsync(_receiver.Url);
        _world.DieAfterChanges();
        await _world.CreateModelAsync("a");
        _stores.Time.Advance(TimeSpan.FromSeconds(1));
        await _world.CreateModelAsync("b");
        WebhookDelivery head = await _world.Queue.ListAsync(hook.Id, default).FirstAsync();
        await _world.Queue.TryWriteAsync(head with { Confirmed = true, Attempts = 1, Due = _stores.Time.GetUtcNow().AddSeconds(30) }, default);

        await _world.DeliverAsync();
        Assert.Equal(0, _receiver.Count);
        _stores.Time.Advance(TimeSpan.FromSeconds(30));
        await _world.DeliverAsync();

        Assert.Equal("a b", $"{await NextAsync()} {await NextAsync()}");
    }

    [Fact]
    public async Task Line_LongerThanARound_IsToldWhole()
    {
        Webhook hook = await _world.SubscribeAsync(_receiver.Url);
        _world.DieAfterChanges();
        for (int i = 0; i <= WebhookRound.Most; i++)
            await _world.CreateModelAsync($"m{i}");

        await _world.DeliverAsync();

        Assert.Equal((WebhookRound.Most + 1, 0), (_receiver.Count, await _world.WaitingAsync(hook.Id)));
    }

    [Fact]
    public async Task Tick_WhileAReceiverHoldsItsAnswer_StartsTheOthersAndReturns()
    {
        await using var other = new WebhookReceiver();
        await _world.SubscribeAsync(_receiver.Url);
        _receiver.Hold();
        await _world.CreateModelAsync("a");
        Assert.Equal("a", await NextAsync());
        await _world.SubscribeAsync(other.Url);
        _world.DieAfterChanges();
        await _world.CreateModelAsync("b");

        await _world.Deliveries.StartDueAsync(default);

        Assert.Equal("b", (await other.NextAsync()).Json.GetProperty("data").GetProperty("name").GetString());
        Assert.Equal(1, _receiver.Count);
        await _world.Deliveries.DeliverDueAsync(TimeSpan.Zero, default);
    }

    [Theory]
    [InlineData("disabled")]
    [InlineData("moved")]
    [InlineData("deleted")]
    public async Task Webhook_ChangedWhileItIsTold_IsToldTheRestAsItIsNow(string change)
    {
        await using var other = new WebhookReceiver();
        Webhook hook = await _world.SubscribeAsync(_receiver.Url);
        _world.DieAfterChanges();
        foreach (string name in new[] { "a", "b", "c" })
            await _world.CreateModelAsync(name);
        _receiver.Hold();
        Task delivering = _world.DeliverAsync();
        await NextAsync();

        if (change == "deleted")
            await _world.Store.DeleteAsync(hook.Id, default);
        else
            await _world.Store.UpdateAsync(hook.Id, change == "moved" ? new WebhookEdit { Url = other.Url } : new WebhookEdit { Status = WebhookStatus.Disabled }, default);
        _receiver.Release();
        await delivering;

        Assert.Equal(1, _receiver.Count);
        Assert.Equal(change switch { "moved" => (2, 0), "disabled" => (0, 2), _ => (0, 0) }, (other.Count, await _world.WaitingAsync(hook.Id)));
    }

    [Fact]
    public async Task Webhook_DeletedOnceMore_TakesWhatWasWrittenDownMeanwhileAlong()
    {
        Webhook hook = await _world.SubscribeAsync(_receiver.Url);
        _world.DieAfterChanges();
        await _world.CreateModelAsync();
        WebhookDelivery late = await _world.Queue.ListAsync(hook.Id, default).SingleAsync();
        await _world.Store.DeleteAsync(hook.Id, default);
        await _stores.Tables.WriteAsync("webhooks", EntityWrite.Insert(late.ToRow()), default);

        var error = await Assert.ThrowsAsync<MlOpsException>(() => _world.Store.DeleteAsync(hook.Id, default));

        Assert.Equal(("webhook-missing", 0), (error.Code, await _world.WaitingAsync(hook.Id)));
    }

    [Fact]
    public async Task Delivery_WhoseAttemptsNeverEnded_IsGivenUpAfterTen()
    {
        Webhook hook = await _world.SubscribeAsync(_receiver.Url);
        _world.DieAfterChanges();
        await _world.CreateModelAsync();
        WebhookDelivery waiting = await _world.Queue.ListAsync(hook.Id, default).SingleAsync();
        await _world.Queue.TryWriteAsync(waiting with { Confirmed = true, Attempts = WebhookBackoff.Attempts }, default);

        await _world.DeliverAsync();

        Assert.Equal((0, 0), (_receiver.Count, await _world.WaitingAsync(hook.Id)));
    }

    [Fact]
    public async Task Delivery_AnswerWhoseBodyNeverEnds_IsTaken()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Webhook hook = await _world.SubscribeAsync($"http://{listener.LocalEndpoint}/");
        _world.DieAfterChanges();
        await _world.CreateModelAsync();

        Task delivering = _world.DeliverAsync();
        using TcpClient asked = await listener.AcceptTcpClientAsync();
        await asked.GetStream().WriteAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"u8.ToArray());
        await delivering.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(0, await _world.WaitingAsync(hook.Id));
    }

    [Fact]
    public async Task Redirect_OfAReceiver_IsNotFollowed()
    {
        await using var inside = new WebhookReceiver();
        Webhook hook = await _world.SubscribeAsync(_receiver.Url);
        _receiver.Answer(307, location: inside.Url);
        _receiver.Answer(302, location: inside.Url);

        WebhookTest test = await _world.Store.TestAsync(hook.Id, null, default);
        await _world.CreateModelAsync();
        await _world.DeliverAsync();

        Assert.Equal((307, 2, 0), (test.ResponseStatus, _receiver.Count, inside.Count));
    }

    [Fact]
    public async Task Change_ThatIsTooLarge_LeavesNothingWaiting()
    {
        Webhook hook = await _world.SubscribeAsync(_receiver.Url);
        var tags = Enumerable.Range(0, 12).ToDictionary(i => $"t{i}", _ => new string('x', 100_000));

        var error = await Assert.ThrowsAsync<MlOpsException>(() => _world.Registry.Catalog.CreateAsync("churn", null, tags, "ann", default));

        Assert.Equal((ErrorKind.TooLarge, 0), (error.Kind, await _world.WaitingAsync(hook.Id)));
    }

    [Theory]
    [InlineData("fifteen chars..")]
    [InlineData("@Microsoft.KeyVault(VaultName=v;SecretName=webhooks)")]
    public async Task Key_ThatIsGuessed_IsRefusedBeforeASecretIsKept(string key)
    {
        await using var world = new WebhookWorld(_stores, name => name == WebhookSecrets.KeySetting ? key : WebhookWorld.Local(name));

        var error = await Assert.ThrowsAsync<MlOpsException>(() => world.SubscribeAsync(_receiver.Url, "s3cret"));

        Assert.Equal((ErrorKind.Invalid, "webhook-key"), (error.Kind, error.Code));
        Assert.DoesNotContain(key, error.Message, StringComparison.Ordinal);
        Assert.Empty((await world.Store.ListAsync(10, null, default)).Items);
    }

    [Fact]
    public void Edit_Printed_HasNoSecret() => Assert.DoesNotContain("s3cret", $"{new WebhookEdit { Name = "n", Secret = "s3cret", Url = "https://x/s3cret" }}", StringComparison.Ordinal);

    private async Task<string?> NextAsync() => (await _receiver.NextAsync()).Json.GetProperty("data").GetProperty("name").GetString();
}
