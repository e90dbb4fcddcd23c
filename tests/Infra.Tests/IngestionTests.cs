using System.Collections.Immutable;

namespace MlOps.Infra.Tests;

public class IngestionTests
{
    [Fact]
    public async Task Uploads_GoByIdentityToTheQueue_AndElseToTheDeadLetters()
    {
        Made subscription = await Subscription();

        Assert.Null(subscription["destination"]);
        Assert.Equal("SystemAssigned", subscription.Text("deliveryWithResourceIdentity", "identity", "type"));
        Assert.Equal("dataset-inbox", subscription.Text("deliveryWithResourceIdentity", "destination", "queueName"));
        Assert.Equal("dead-letters", subscription.Text("deadLetterWithResourceIdentity", "deadLetterDestination", "blobContainerName"));
        Assert.Equal("EventGridSchema", subscription.Text("eventDeliverySchema"));
    }

    [Theory]
    [InlineData("/blobServices/default/containers/datasets/blobs/telco-churn/inbox/july.csv", true)]
    [InlineData("/blobServices/default/containers/datasets/blobs/inbox/inbox/july.csv", true)]
    [InlineData("/blobServices/default/containers/datasets/blobs/incoming/inbox/0638-1-2", false)]
    [InlineData("/blobServices/default/containers/datasets/blobs/sha256/ab/abcdef", false)]
    [InlineData("/blobServices/default/containers/models/blobs/x/inbox/y", false)]
    [InlineData("/blobServices/default/containers/datasets-old/blobs/x/inbox/y", false)]
    public async Task Filter_LetsOnlyUploadsThrough(string subject, bool delivered)
    {
        Made subscription = await Subscription();

        Assert.Equal(["Microsoft.Storage.BlobCreated"], subscription.List("filter", "includedEventTypes"));
        Assert.Equal(delivered, subject.StartsWith(subscription.Text("filter", "subjectBeginsWith")!, StringComparison.Ordinal)
            && subscription.List("filter", "advancedFilters").Cast<ImmutableDictionary<string, object>>().All(f => Matches(f, subject)));
    }

    /// <summary>As Event Grid evaluates them: any value for a positive operator, all for a negative one.</summary>
    private static bool Matches(ImmutableDictionary<string, object> filter, string subject)
    {
        Assert.Equal("subject", filter["key"]);
        IEnumerable<string> values = ((IEnumerable<object>)filter["values"]).Cast<string>();
        return filter["operatorType"] switch
        {
            "StringContains" => values.Any(v => subject.Contains(v, StringComparison.OrdinalIgnoreCase)),
            "StringNotBeginsWith" => !values.Any(v => subject.StartsWith(v, StringComparison.OrdinalIgnoreCase)),
            _ => throw new NotSupportedException(filter["operatorType"].ToString()),
        };
    }

    private static async Task<Made> Subscription() =>
        Assert.Single(await StackRun.Of("dev"), m => m.Type == "azure-native:eventgrid:SystemTopicEventSubscription");
}
