using System.Net;
using MlOps.Contracts;
using MlOps.Domain.Registry;
using MlOps.Domain.Webhooks;

namespace MlOps.Domain.Tests.Webhooks;

/// <summary>That what happened is told: once the change is there, whatever becomes of process and receiver.</summary>
public sealed class WebhookDeliveryTests : IAsyncLifetime
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
        await _world.DisposeAsync();
        await _receiver.DisposeAsync();
        await _stores.DisposeAsync();
    }

    [Fact]
    public async Task Delivery_WithASecret_HasMlflowsHeadersAndASignature()
    {
        await _world.SubscribeAsync(_receiver.Url, "s3cret");

        await _world.CreateModelAsync();
        ReceivedWebhook told = await _receiver.NextAsync();

        Assert.Equal(("POST", "application/json"), (told.Method, told.Headers["Content-Type"]));
        Assert.Equal(_stores.Time.GetUtcNow().ToUnixTimeSeconds(), long.Parse(told.Headers["X-MLflow-Timestamp"]!, null));
        Assert.True(Guid.TryParseExact(told.DeliveryId, "D", out _));
        Assert.True(told.IsSignedWith("s3cret"));
        Assert.False(told.IsSignedWith("another"));
        Assert.Equal(["entity", "action", "timestamp", "data"], told.Json.EnumerateObject().Select(p => p.Name));
        Assert.Equal("2026-01-01T00:00:00.000000+00:00", told.Json.GetProperty("timestamp").GetString());
    }

    [Fact]
    public async Task Delivery_WithoutASecret_IsNotSigned()
    {
        await _world.SubscribeAsync(_receiver.Url);

        await _world.CreateModelAsync();

        Assert.Null((await _receiver.NextAsync()).Headers["X-MLflow-Signature"]);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(429)]
    [InlineData(503)]
    public async Task Delivery_ReceiverInTrouble_IsTriedAgainUnderTheSameId(int status)
    {
        Webhook hook = await _world.SubscribeAsync(_receiver.Url, "s3cret");
        _receiver.Answer(status);

        await _world.CreateModelAsync();
        ReceivedWebhook first = await _receiver.NextAsync();
        await _world.DeliverAsync();
        Assert.Equal(1, _receiver.Count);
        _stores.Time.Advance(TimeSpan.FromSeconds(1));
        await _world.DeliverAsync();
        ReceivedWebhook second = await _receiver.NextAsync();

        Assert.Equal(first.DeliveryId, second.DeliveryId);
        Assert.Equal(first.Body, second.Body);
        Assert.True(second.IsSignedWith("s3cret"));
        Assert.NotEqual(first.Headers["X-MLflow-Timestamp"], second.Headers["X-MLflow-Timestamp"]);
        Assert.Equal(0, await _world.WaitingAsync(hook.Id));
    }

    [Fact]
    public async Task Delivery_ReceiverThatAsksForTime_GetsIt()
    {
        await _world.SubscribeAsync(_receiver.Url);
        _receiver.Answer(429, retryAfter: "90");

        await _world.CreateModelAsync();
        await _receiver.NextAsync();
        await _world.DeliverAsync();
        _stores.Time.Advance(TimeSpan.FromSeconds(89));
        await _world.DeliverAsync();
        Assert.Equal(1, _receiver.Count);
        _stores.Time.Advance(TimeSpan.FromSeconds(1));
        await _world.DeliverAsync();

        await _receiver.NextAsync();
    }

    [Theory]
    [InlineData(400)]
    [InlineData(302)]
    [InlineData(501)]
    public async Task Delivery_ReceiverThatRefuses_IsGivenUpAtOnce(int status)
    {
        Webhook hook = await _world.SubscribeAsync(_receiver.Url);
        _receiver.Answer(status);

        await _world.CreateModelAsync();
        await _receiver.NextAsync();
        await _world.DeliverAsync();

        Assert.Equal(0, await _world.WaitingAsync(hook.Id));
        Assert.Contains(_world.Log.All, l => l.Contains($"given up after 1 attempts: it answered {status}", StringComparison.Ordinal));
        Assert.Equal(1, _receiver.Count);
    }

    [Fact]
    public async Task Delivery_ReceiverThatNeverRecovers_IsGivenUpAfterTenAttempts()
    {
        Webhook hook = await _world.SubscribeAsync(_receiver.Url);
        for (int i = 0; i < 20; i++)
            _receiver.Answer(500);

        await _world.CreateModelAsync();
        await _receiver.NextAsync();
        for (int i = 0; i < 20; i++)
        {
            await _world.DeliverAsync();
            _stores.Time.Advance(TimeSpan.FromHours(1));
        }

        Assert.Equal((10, 0), (_receiver.Count, await _world.WaitingAsync(hook.Id)));
    }

    [Fact]
    public async Task Delivery_ReceiverAwayForADay_IsGivenUp()
    {
        Webhook hook = await _world.SubscribeAsync($"http://127.0.0.1:{WebhookReceiver.FreePort()}/");
        await _world.CreateModelAsync();
        await _world.DeliverAsync();
        Assert.Equal(1, await _world.WaitingAsync(hook.Id));

        _stores.Time.Advance(TimeSpan.FromHours(25));
        await _world.DeliverAsync();

        Assert.Equal(0, await _world.WaitingAsync(hook.Id));
    }

    [Fact]
    public async Task Delivery_ManyForAReceiverThatIsAway_KeepsTheFirstThousandAndTriesOne()
    {
        Webhook hook = await _world.SubscribeAsync($"http://127.0.0.1:{WebhookReceiver.FreePort()}/");
        _world.DieAfterChanges();
        await _world.CreateModelAsync();
        _stores.Time.Advance(TimeSpan.FromSeconds(1));
        for (int i = 0; i < WebhookLimits.Waiting + 4; i++)
            await _world.Queue.PrepareAsync("elsewhere", i, () => [new WebhookNotice(WebhookEvents.ModelCreated, [])], default);

        await _world.DeliverAsync();

        Assert.Equal(WebhookLimits.Waiting, await _world.WaitingAsync(hook.Id));
        Assert.Equal(1, _world.Log.All.Count(l => l.Contains("attempt 1", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Delivery_OneReceiverAway_OthersAreTold()
    {
        await _world.SubscribeAsync($"http://127.0.0.1:{WebhookReceiver.FreePort()}/");
        await _world.SubscribeAsync(_receiver.Url);

        await _world.CreateModelAsync("a");
        await _world.CreateModelAsync("b");

        Assert.Equal("a", (await _receiver.NextAsync()).Json.GetProperty("data").GetProperty("name").GetString());
        Assert.Equal("b", (await _receiver.NextAsync()).Json.GetProperty("data").GetProperty("name").GetString());
    }

    [Fact]
    public async Task Process_ThatDiesBetweenChangeAndDelivery_IsMadeUpForByTheNext()
    {
        await _world.SubscribeAsync(_receiver.Url);
        _world.DieAfterChanges();
        await _world.CreateModelAsync();
        Assert.Equal(0, _receiver.Count);

        await using var next = new WebhookWorld(_stores);
        await next.DeliverAsync();

        Assert.Equal("registered_model.created", (await _receiver.NextAsync()).Event);
    }

    [Fact]
    public async Task Process_ThatDiesBeforeTheChange_TellsNothing()
    {
        Webhook hook = await _world.SubscribeAsync(_receiver.Url);
        await _world.Queue.PrepareAsync("churn", 1, () => [new WebhookNotice(WebhookEvents.ModelCreated, [])], default);
        // Somebody else makes another change under that number.
        _world.DieAfterChanges();
        await _world.Store.UpdateAsync(hook.Id, new WebhookEdit { Events = [WebhookEvents.AliasDeleted] }, default);
        await _world.CreateModelAsync();

        await _world.DeliverAsync();
        Assert.Equal(1, await _world.WaitingAsync(hook.Id));
        _stores.Time.Advance(TimeSpan.FromMinutes(11));
        await _world.DeliverAsync();

        Assert.Equal((0, 0), (await _world.WaitingAsync(hook.Id), _receiver.Count));
    }

    [Fact]
    public async Task Process_ThatDiesWhileItSends_SendsAgainUnderTheSameId()
    {
        Webhook hook = await _world.SubscribeAsync(_receiver.Url);
        _world.DieAfterChanges();
        await _world.CreateModelAsync();
        WebhookDelivery waiting = await _world.Queue.ListAsync(hook.Id, default).SingleAsync();
        await _world.Queue.TryWriteAsync(waiting with { Confirmed = true, Attempts = 1, Due = _stores.Time.GetUtcNow().AddSeconds(30) }, default);

        await using var next = new WebhookWorld(_stores);
        await next.DeliverAsync();
        Assert.Equal(0, _receiver.Count);
        _stores.Time.Advance(TimeSpan.FromSeconds(30));
        await next.DeliverAsync();

        Assert.Equal(waiting.Id, (await _receiver.NextAsync()).DeliveryId);
    }

    [Fact]
    public async Task Model_DeletedBeforeItsEventsWereTold_IsToldOfAllTheSame()
    {
        await _world.SubscribeAsync(_receiver.Url);
        _world.DieAfterChanges();
        await _world.CreateModelAsync();
        await _world.Registry.Catalog.DeleteAsync("churn", default);

        await _world.DeliverAsync();

        Assert.Equal("registered_model.created", (await _receiver.NextAsync()).Event);
    }

    [Fact]
    public async Task Changes_OfTwoAtOnce_AreToldOnceEach()
    {
        Webhook hook = await _world.SubscribeAsync(_receiver.Url);
        await using var other = new WebhookWorld(_stores);
        (_world.Queue.Woken, other.Queue.Woken) = (_ => { }, _ => { });

        await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
            (i % 2 == 0 ? _world : other).Registry.RegisterAsync("churn", Tests.Registry.RegistryTest.Sample($"r{i}"), "ann", default)));

        Assert.Equal(21, await _world.WaitingAsync(hook.Id));
        await _world.DeliverAsync();
        var told = new List<string>();
        for (int i = 0; i < 21; i++)
            told.Add((await _receiver.NextAsync()).Data);
        Assert.Equal(21, told.Distinct().Count());
        Assert.Equal((21, 0), (_receiver.Count, await _world.WaitingAsync(hook.Id)));
    }

    [Fact]
    public async Task Webhook_DisabledOrOfOtherEvents_IsToldNothing()
    {
        Webhook off = await _world.SubscribeAsync(_receiver.Url);
        Webhook other = await _world.SubscribeAsync(_receiver.Url, null, WebhookEvents.AliasCreated);
        await _world.Store.UpdateAsync(off.Id, new WebhookEdit { Status = WebhookStatus.Disabled }, default);

        await _world.CreateModelAsync();
        await _world.DeliverAsync();

        Assert.Equal((0, 0, 0), (_receiver.Count, await _world.WaitingAsync(off.Id), await _world.WaitingAsync(other.Id)));
    }

    [Fact]
    public async Task Webhook_Deleted_TakesWhatWaitsAlong()
    {
        Webhook hook = await _world.SubscribeAsync(_receiver.Url);
        _world.DieAfterChanges();
        await _world.CreateModelAsync();

        await _world.Store.DeleteAsync(hook.Id, default);
        await _world.DeliverAsync();

        Assert.Equal((0, 0), (_receiver.Count, await _world.WaitingAsync(hook.Id)));
    }

    [Fact]
    public async Task Secret_WithAndWithoutAKeyOfTheHost_IsInNoLogAndUnderAKeyNotInTheStore()
    {
        string? key = "a key of the host";
        await using var sealing = new WebhookWorld(_stores, name => name == WebhookSecrets.KeySetting ? key : WebhookWorld.Local(name));
        Webhook hook = await sealing.SubscribeAsync(_receiver.Url, "s3cret-words");
        _receiver.Answer(500, "s3cret-words");

        await sealing.CreateModelAsync("a");
        Assert.True((await _receiver.NextAsync()).IsSignedWith("s3cret-words"));
        await sealing.DeliverAsync();
        byte[] kept = (await _stores.Tables.FindAsync("webhooks", new("w", hook.Id), default))!.Bytes("secret")!;
        Assert.DoesNotContain("s3cret", System.Text.Encoding.UTF8.GetString(kept), StringComparison.Ordinal);

        key = "another key of the host";
        WebhookTest lost = await sealing.Store.TestAsync(hook.Id, null, default);
        Assert.Equal((false, 1), (lost.Success, _receiver.Count));
        Assert.Contains(WebhookSecrets.KeySetting, lost.ErrorMessage, StringComparison.Ordinal);
        await sealing.CreateModelAsync("b");
        await sealing.DeliverAsync();
        Assert.Equal((2, 1), (await sealing.WaitingAsync(hook.Id), _receiver.Count));
        await sealing.Store.UpdateAsync(hook.Id, new WebhookEdit { Secret = "given anew" }, default);
        Assert.True((await sealing.Store.TestAsync(hook.Id, null, default)).Success);
        Assert.True((await _receiver.NextAsync()).IsSignedWith("given anew"));

        Assert.NotEmpty(sealing.Log.All);
        Assert.DoesNotContain(sealing.Log.All, l => l.Contains("s3cret", StringComparison.Ordinal) || l.Contains("/hook", StringComparison.Ordinal));
    }
}
