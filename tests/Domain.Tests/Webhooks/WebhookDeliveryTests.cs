using System.Net;
using MlOps.Contracts;
using MlOps.Domain.Registry;
using MlOps.Domain.Webhooks;

namespace MlOps.Domain.Tests.Webhooks;

/// <summary>That what happened is told: once the change is there, whatever becomes of process and receiver.</summary>
public sealed class WebhookDeliveryTests : WebhookTestBase
{
    [Fact]
    public async Task Delivery_WithASecret_HasMlflowsHeadersAndASignature()
    {
        await World.SubscribeAsync(Receiver.Url, "s3cret");

        await World.CreateModelAsync();
        ReceivedWebhook told = await Receiver.NextAsync();

        Assert.Equal(("POST", "application/json"), (told.Method, told.Headers["Content-Type"]));
        Assert.Equal(Stores.Time.GetUtcNow().ToUnixTimeSeconds(), long.Parse(told.Headers["X-MLflow-Timestamp"]!, null));
        Assert.True(Guid.TryParseExact(told.DeliveryId, "D", out _));
        Assert.True(told.IsSignedWith("s3cret"));
        Assert.False(told.IsSignedWith("another"));
        Assert.Equal(["entity", "action", "timestamp", "data"], told.Json.EnumerateObject().Select(p => p.Name));
        Assert.Equal("2026-01-01T00:00:00.000000+00:00", told.Json.GetProperty("timestamp").GetString());
    }

    [Fact]
    public async Task Delivery_WithoutASecret_IsNotSigned()
    {
        await World.SubscribeAsync(Receiver.Url);

        await World.CreateModelAsync();

        Assert.Null((await Receiver.NextAsync()).Headers["X-MLflow-Signature"]);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(429)]
    [InlineData(503)]
    public async Task Delivery_ReceiverInTrouble_IsTriedAgainUnderTheSameId(int status)
    {
        Webhook hook = await World.SubscribeAsync(Receiver.Url, "s3cret");
        Receiver.Answer(status);

        await World.CreateModelAsync();
        ReceivedWebhook first = await Receiver.NextAsync();
        await World.DeliverAsync();
        Assert.Equal(1, Receiver.Count);
        Stores.Time.Advance(TimeSpan.FromSeconds(1));
        await World.DeliverAsync();
        ReceivedWebhook second = await Receiver.NextAsync();

        Assert.Equal(first.DeliveryId, second.DeliveryId);
        Assert.Equal(first.Body, second.Body);
        Assert.True(second.IsSignedWith("s3cret"));
        Assert.NotEqual(first.Headers["X-MLflow-Timestamp"], second.Headers["X-MLflow-Timestamp"]);
        Assert.Equal(0, await World.WaitingAsync(hook.Id));
    }

    [Fact]
    public async Task Delivery_ReceiverThatAsksForTime_GetsIt()
    {
        await World.SubscribeAsync(Receiver.Url);
        Receiver.Answer(429, retryAfter: "90");

        await World.CreateModelAsync();
        await Receiver.NextAsync();
        await World.DeliverAsync();
        Stores.Time.Advance(TimeSpan.FromSeconds(89));
        await World.DeliverAsync();
        Assert.Equal(1, Receiver.Count);
        Stores.Time.Advance(TimeSpan.FromSeconds(1));
        await World.DeliverAsync();

        await Receiver.NextAsync();
    }

    [Theory]
    [InlineData(400)]
    [InlineData(302)]
    [InlineData(501)]
    public async Task Delivery_ReceiverThatRefuses_IsGivenUpAtOnce(int status)
    {
        Webhook hook = await World.SubscribeAsync(Receiver.Url);
        Receiver.Answer(status);

        await World.CreateModelAsync();
        await Receiver.NextAsync();
        await World.DeliverAsync();

        Assert.Equal(0, await World.WaitingAsync(hook.Id));
        Assert.Contains(World.Log.All, l => l.Contains($"given up after 1 attempts: it answered {status}", StringComparison.Ordinal));
        Assert.Equal(1, Receiver.Count);
    }

    [Fact]
    public async Task Delivery_ReceiverThatNeverRecovers_IsGivenUpAfterTenAttempts()
    {
        Webhook hook = await World.SubscribeAsync(Receiver.Url);
        for (int i = 0; i < 20; i++)
            Receiver.Answer(500);

        await World.CreateModelAsync();
        await Receiver.NextAsync();
        for (int i = 0; i < 20; i++)
        {
            await World.DeliverAsync();
            Stores.Time.Advance(TimeSpan.FromHours(1));
        }

        Assert.Equal((10, 0), (Receiver.Count, await World.WaitingAsync(hook.Id)));
    }

    [Fact]
    public async Task Delivery_ReceiverAwayForADay_IsGivenUp()
    {
        Webhook hook = await World.SubscribeAsync($"http://127.0.0.1:{WebhookReceiver.FreePort()}/");
        await World.CreateModelAsync();
        await World.DeliverAsync();
        Assert.Equal(1, await World.WaitingAsync(hook.Id));

        Stores.Time.Advance(TimeSpan.FromHours(25));
        await World.DeliverAsync();

        Assert.Equal(0, await World.WaitingAsync(hook.Id));
    }

    [Fact]
    public async Task Delivery_ManyForAReceiverThatIsAway_KeepsTheFirstThousandAndTriesOne()
    {
        Webhook hook = await World.SubscribeAsync($"http://127.0.0.1:{WebhookReceiver.FreePort()}/");
        World.DieAfterChanges();
        await World.CreateModelAsync();
        Stores.Time.Advance(TimeSpan.FromSeconds(1));
        for (int i = 0; i < WebhookLimits.Waiting + 4; i++)
            await World.Queue.PrepareAsync("elsewhere", i, () => [new WebhookNotice(WebhookEvents.ModelCreated, [])], default);

        await World.DeliverAsync();

        Assert.Equal(WebhookLimits.Waiting, await World.WaitingAsync(hook.Id));
        Assert.Equal(1, World.Log.All.Count(l => l.Contains("attempt 1", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Delivery_ManyLongOnesForAReceiverThatIsAway_KeepsTheFirstMegabytes()
    {
        Webhook hook = await World.SubscribeAsync($"http://127.0.0.1:{WebhookReceiver.FreePort()}/");
        World.DieAfterChanges();
        await World.CreateModelAsync();
        Stores.Time.Advance(TimeSpan.FromSeconds(1));
        for (int i = 0; i < 30; i++)
            await World.Queue.PrepareAsync("elsewhere", i, () => [new WebhookNotice(WebhookEvents.ModelCreated, new() { ["description"] = new string('x', 900 << 10) })], default);

        await World.DeliverAsync();

        List<WebhookDelivery> left = await World.Queue.ListAsync(hook.Id, default).ToListAsync();
        Assert.InRange(left.SkipLast(1).Sum(d => (long)d.Body.Length), WebhookLimits.WaitingBytes - (1 << 20), WebhookLimits.WaitingBytes);
    }

    [Fact]
    public async Task Delivery_OneReceiverAway_OthersAreTold()
    {
        await World.SubscribeAsync($"http://127.0.0.1:{WebhookReceiver.FreePort()}/");
        await World.SubscribeAsync(Receiver.Url);

        // One after the other: changes of one millisecond may change places.
        foreach (string model in (string[])["a", "b"])
        {
            await World.CreateModelAsync(model);
            Assert.Equal(model, (await Receiver.NextAsync()).Json.GetProperty("data").GetProperty("name").GetString());
        }
    }

    [Fact]
    public async Task Process_ThatDiesBetweenChangeAndDelivery_IsMadeUpForByTheNext()
    {
        await World.SubscribeAsync(Receiver.Url);
        World.DieAfterChanges();
        await World.CreateModelAsync();
        Assert.Equal(0, Receiver.Count);

        await using var next = new WebhookWorld(Stores);
        await next.DeliverAsync();

        Assert.Equal("registered_model.created", (await Receiver.NextAsync()).Event);
    }

    [Fact]
    public async Task Process_ThatDiesBeforeTheChange_TellsNothing()
    {
        Webhook hook = await World.SubscribeAsync(Receiver.Url);
        await World.Queue.PrepareAsync("churn", 1, () => [new WebhookNotice(WebhookEvents.ModelCreated, [])], default);
        // Somebody else makes another change under that number.
        World.DieAfterChanges();
        await World.Store.UpdateAsync(hook.Id, new WebhookEdit { Events = [WebhookEvents.AliasDeleted] }, default);
        await World.CreateModelAsync();

        await World.DeliverAsync();
        Assert.Equal(1, await World.WaitingAsync(hook.Id));
        Stores.Time.Advance(TimeSpan.FromMinutes(11));
        await World.DeliverAsync();

        Assert.Equal((0, 0), (await World.WaitingAsync(hook.Id), Receiver.Count));
    }

    [Fact]
    public async Task Process_ThatDiesWhileItSends_SendsAgainUnderTheSameId()
    {
        Webhook hook = await World.SubscribeAsync(Receiver.Url);
        World.DieAfterChanges();
        await World.CreateModelAsync();
        WebhookDelivery waiting = await World.Queue.ListAsync(hook.Id, default).SingleAsync();
        await World.Queue.TryWriteAsync(waiting with { Confirmed = true, Attempts = 1, Due = Stores.Time.GetUtcNow().AddSeconds(30) }, default);

        await using var next = new WebhookWorld(Stores);
        await next.DeliverAsync();
        Assert.Equal(0, Receiver.Count);
        Stores.Time.Advance(TimeSpan.FromSeconds(30));
        await next.DeliverAsync();

        Assert.Equal(waiting.Id, (await Receiver.NextAsync()).DeliveryId);
    }

    [Fact]
    public async Task Model_DeletedBeforeItsEventsWereTold_IsToldOfAllTheSame()
    {
        await World.SubscribeAsync(Receiver.Url);
        World.DieAfterChanges();
        await World.CreateModelAsync();
        await World.Registry.Catalog.DeleteAsync("churn", default);

        await World.DeliverAsync();

        Assert.Equal("registered_model.created", (await Receiver.NextAsync()).Event);
    }

    [Fact]
    public async Task Changes_OfTwoAtOnce_AreToldOnceEach()
    {
        Webhook hook = await World.SubscribeAsync(Receiver.Url);
        await using var other = new WebhookWorld(Stores);
        (World.Queue.Woken, other.Queue.Woken) = (_ => { }, _ => { });

        await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
            (i % 2 == 0 ? World : other).Registry.RegisterAsync("churn", Tests.Registry.RegistryTest.Sample($"r{i}"), "ann", default)));

        Assert.Equal(21, await World.WaitingAsync(hook.Id));
        await World.DeliverAsync();
        var told = new List<string>();
        for (int i = 0; i < 21; i++)
            told.Add((await Receiver.NextAsync()).Data);
        Assert.Equal(21, told.Distinct().Count());
        Assert.Equal((21, 0), (Receiver.Count, await World.WaitingAsync(hook.Id)));
    }

    [Fact]
    public async Task Webhook_DisabledOrOfOtherEvents_IsToldNothing()
    {
        Webhook off = await World.SubscribeAsync(Receiver.Url);
        Webhook other = await World.SubscribeAsync(Receiver.Url, null, WebhookEvents.AliasCreated);
        await World.Store.UpdateAsync(off.Id, new WebhookEdit { Status = WebhookStatus.Disabled }, default);

        await World.CreateModelAsync();
        await World.DeliverAsync();

        Assert.Equal((0, 0, 0), (Receiver.Count, await World.WaitingAsync(off.Id), await World.WaitingAsync(other.Id)));
    }

    [Fact]
    public async Task Webhook_Deleted_TakesWhatWaitsAlong()
    {
        Webhook hook = await World.SubscribeAsync(Receiver.Url);
        World.DieAfterChanges();
        await World.CreateModelAsync();

        await World.Store.DeleteAsync(hook.Id, default);
        await World.DeliverAsync();

        Assert.Equal((0, 0), (Receiver.Count, await World.WaitingAsync(hook.Id)));
    }

    [Fact]
    public async Task Secret_WithAndWithoutAKeyOfTheHost_IsInNoLogAndUnderAKeyNotInTheStore()
    {
        string? key = "a key of the host";
        await using var sealing = new WebhookWorld(Stores, name => name == WebhookSecrets.KeySetting ? key : WebhookWorld.Local(name));
        Webhook hook = await sealing.SubscribeAsync(Receiver.Url, "s3cret-words");
        Receiver.Answer(500, "s3cret-words");

        await sealing.CreateModelAsync("a");
        Assert.True((await Receiver.NextAsync()).IsSignedWith("s3cret-words"));
        await sealing.DeliverAsync();
        byte[] kept = (await Stores.Tables.FindAsync("webhooks", new("w", hook.Id), default))!.Bytes("secret")!;
        Assert.DoesNotContain("s3cret", System.Text.Encoding.UTF8.GetString(kept), StringComparison.Ordinal);

        key = "another key of the host";
        WebhookTest lost = await sealing.Store.TestAsync(hook.Id, null, default);
        Assert.Equal((false, 1), (lost.Success, Receiver.Count));
        Assert.Contains(WebhookSecrets.KeySetting, lost.ErrorMessage, StringComparison.Ordinal);
        await sealing.CreateModelAsync("b");
        await sealing.DeliverAsync();
        Assert.Equal((2, 1), (await sealing.WaitingAsync(hook.Id), Receiver.Count));
        await sealing.Store.UpdateAsync(hook.Id, new WebhookEdit { Secret = "given anew" }, default);
        Assert.True((await sealing.Store.TestAsync(hook.Id, null, default)).Success);
        Assert.True((await Receiver.NextAsync()).IsSignedWith("given anew"));

        Assert.NotEmpty(sealing.Log.All);
        Assert.DoesNotContain(sealing.Log.All, l => l.Contains("s3cret", StringComparison.Ordinal) || l.Contains("/hook", StringComparison.Ordinal));
    }
}
