using System.Net;
using System.Net.Sockets;
using MlOps.Contracts;
using MlOps.Domain.Storage;
using MlOps.Domain.Webhooks;

namespace MlOps.Domain.Tests.Webhooks;

/// <summary>The line of what waits for a webhook: its order, what holds it up, and what becomes of it when the webhook changes.</summary>
public sealed class WebhookLineTests : WebhookTestBase
{
    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task Line_ReceiverInTrouble_RestsAndKeepsItsOrder(int status)
    {
        await World.SubscribeAsync(Receiver.Url);
        Receiver.Answer(status, retryAfter: "60");
        World.DieAfterChanges();
        await CreateTwoAsync();

        await World.DeliverAsync();
        Stores.Time.Advance(TimeSpan.FromSeconds(59));
        await World.DeliverAsync();
        Assert.Equal(1, Receiver.Count);
        Stores.Time.Advance(TimeSpan.FromSeconds(1));
        await World.DeliverAsync();

        Assert.Equal("a a b", $"{await NextAsync()} {await NextAsync()} {await NextAsync()}");
    }

    [Fact]
    public async Task Line_HeadThatAnotherProcessIsSending_Waits()
    {
        Webhook hook = await World.SubscribeAsync(Receiver.Url);
        World.DieAfterChanges();
        await CreateTwoAsync();
        WebhookDelivery head = await World.Queue.ListAsync(hook.Id, default).FirstAsync();
        await World.Queue.TryWriteAsync(head with { Confirmed = true, Attempts = 1, Due = Stores.Time.GetUtcNow().AddSeconds(30) }, default);

        await World.DeliverAsync();
        Assert.Equal(0, Receiver.Count);
        Stores.Time.Advance(TimeSpan.FromSeconds(30));
        await World.DeliverAsync();

        Assert.Equal("a b", $"{await NextAsync()} {await NextAsync()}");
    }

    [Fact]
    public async Task Line_LongerThanARound_IsToldWhole()
    {
        Webhook hook = await World.SubscribeAsync(Receiver.Url);
        World.DieAfterChanges();
        for (int i = 0; i <= WebhookRound.Most; i++)
            await World.CreateModelAsync($"m{i}");

        await World.DeliverAsync();

        Assert.Equal((WebhookRound.Most + 1, 0), (Receiver.Count, await World.WaitingAsync(hook.Id)));
    }

    [Fact]
    public async Task Tick_WhileAReceiverHoldsItsAnswer_StartsTheOthersAndReturns()
    {
        await using var other = new WebhookReceiver();
        await World.SubscribeAsync(Receiver.Url);
        Receiver.Hold();
        await World.CreateModelAsync("a");
        Assert.Equal("a", await NextAsync());
        await World.SubscribeAsync(other.Url);
        World.DieAfterChanges();
        await World.CreateModelAsync("b");

        await World.Deliveries.StartDueAsync(default);

        Assert.Equal("b", (await other.NextAsync()).Json.GetProperty("data").GetProperty("name").GetString());
        Assert.Equal(1, Receiver.Count);
        await World.Deliveries.DeliverDueAsync(TimeSpan.Zero, default);
    }

    [Theory]
    [InlineData("disabled")]
    [InlineData("moved")]
    [InlineData("deleted")]
    public async Task Webhook_ChangedWhileItIsTold_IsToldTheRestAsItIsNow(string change)
    {
        await using var other = new WebhookReceiver();
        Webhook hook = await World.SubscribeAsync(Receiver.Url);
        World.DieAfterChanges();
        foreach (string name in new[] { "a", "b", "c" })
            await World.CreateModelAsync(name);
        Receiver.Hold();
        Task delivering = World.DeliverAsync();
        await NextAsync();

        if (change == "deleted")
            await World.Store.DeleteAsync(hook.Id, default);
        else
            await World.Store.UpdateAsync(hook.Id, change == "moved" ? new WebhookEdit { Url = other.Url } : new WebhookEdit { Status = WebhookStatus.Disabled }, default);
        Receiver.Release();
        await delivering;

        Assert.Equal(1, Receiver.Count);
        Assert.Equal(change switch { "moved" => (2, 0), "disabled" => (0, 2), _ => (0, 0) }, (other.Count, await World.WaitingAsync(hook.Id)));
    }

    [Fact]
    public async Task Webhook_DeletedOnceMore_TakesWhatWasWrittenDownMeanwhileAlong()
    {
        Webhook hook = await World.SubscribeAsync(Receiver.Url);
        World.DieAfterChanges();
        await World.CreateModelAsync();
        WebhookDelivery late = await World.Queue.ListAsync(hook.Id, default).SingleAsync();
        await World.Store.DeleteAsync(hook.Id, default);
        await Stores.Tables.WriteAsync("webhooks", EntityWrite.Insert(late.ToRow()), default);

        var error = await Assert.ThrowsAsync<MlOpsException>(() => World.Store.DeleteAsync(hook.Id, default));

        Assert.Equal(("webhook-missing", 0), (error.Code, await World.WaitingAsync(hook.Id)));
    }

    [Fact]
    public async Task Delivery_WhoseAttemptsNeverEnded_IsGivenUpAfterTen()
    {
        Webhook hook = await World.SubscribeAsync(Receiver.Url);
        World.DieAfterChanges();
        await World.CreateModelAsync();
        WebhookDelivery waiting = await World.Queue.ListAsync(hook.Id, default).SingleAsync();
        await World.Queue.TryWriteAsync(waiting with { Confirmed = true, Attempts = WebhookBackoff.Attempts }, default);

        await World.DeliverAsync();

        Assert.Equal((0, 0), (Receiver.Count, await World.WaitingAsync(hook.Id)));
    }

    [Fact]
    public async Task Delivery_AnswerWhoseBodyNeverEnds_IsTaken()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Webhook hook = await World.SubscribeAsync($"http://{listener.LocalEndpoint}/");
        World.DieAfterChanges();
        await World.CreateModelAsync();

        Task delivering = World.DeliverAsync();
        using TcpClient asked = await listener.AcceptTcpClientAsync();
        await asked.GetStream().WriteAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"u8.ToArray());
        await delivering.WaitAsync(Eventually.Patience);

        Assert.Equal(0, await World.WaitingAsync(hook.Id));
    }

    [Fact]
    public async Task Redirect_OfAReceiver_IsNotFollowed()
    {
        await using var inside = new WebhookReceiver();
        Webhook hook = await World.SubscribeAsync(Receiver.Url);
        Receiver.Answer(307, location: inside.Url);
        Receiver.Answer(302, location: inside.Url);

        WebhookTest test = await World.Store.TestAsync(hook.Id, null, default);
        await World.CreateModelAsync();
        await World.DeliverAsync();

        Assert.Equal((307, 2, 0), (test.ResponseStatus, Receiver.Count, inside.Count));
    }

    [Fact]
    public async Task Change_ThatIsTooLarge_LeavesNothingWaiting()
    {
        Webhook hook = await World.SubscribeAsync(Receiver.Url);
        var tags = Enumerable.Range(0, 12).ToDictionary(i => $"t{i}", _ => new string('x', 100_000));

        var error = await Assert.ThrowsAsync<MlOpsException>(() => World.Registry.Catalog.CreateAsync("churn", null, tags, "ann", default));

        Assert.Equal((ErrorKind.TooLarge, 0), (error.Kind, await World.WaitingAsync(hook.Id)));
    }

    [Theory]
    [InlineData("fifteen chars..")]
    [InlineData("@Microsoft.KeyVault(VaultName=v;SecretName=webhooks)")]
    public async Task Key_ThatIsGuessed_IsRefusedBeforeASecretIsKept(string key)
    {
        await using var world = new WebhookWorld(Stores, name => name == WebhookSecrets.KeySetting ? key : WebhookWorld.Local(name));

        var error = await Assert.ThrowsAsync<MlOpsException>(() => world.SubscribeAsync(Receiver.Url, "s3cret"));

        Assert.Equal((ErrorKind.Invalid, "webhook-key"), (error.Kind, error.Code));
        Assert.DoesNotContain(key, error.Message, StringComparison.Ordinal);
        Assert.Empty((await world.Store.ListAsync(10, null, default)).Items);
    }

    [Fact]
    public void Edit_Printed_HasNoSecret() => Assert.DoesNotContain("s3cret", $"{new WebhookEdit { Name = "n", Secret = "s3cret", Url = "https://x/s3cret" }}", StringComparison.Ordinal);

    private async Task<string?> NextAsync() => (await Receiver.NextAsync()).Json.GetProperty("data").GetProperty("name").GetString();

    /// <summary>Models a and b, a second apart.</summary>
    private async Task CreateTwoAsync()
    {
        await World.CreateModelAsync("a");
        Stores.Time.Advance(TimeSpan.FromSeconds(1));
        await World.CreateModelAsync("b");
    }
}
