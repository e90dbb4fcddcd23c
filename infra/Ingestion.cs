using Pulumi;
using Pulumi.AzureNative.EventGrid;
using Pulumi.AzureNative.EventGrid.Inputs;

namespace MlOps.Infra;

/// <summary>
/// A blob uploaded below <c>datasets/[data set]/inbox/</c> becomes a message in the inbox queue. The topic delivers as itself, so that
/// no key is needed and one run of the stack is enough; what cannot be delivered lies in the dead letter container.
/// </summary>
internal sealed class Ingestion
{
    private const string Blobs = $"/blobServices/default/containers/{StorageNames.Datasets}/blobs/";

    private readonly DataStorage _storage;

    public Ingestion(ResourceGroup group, DataStorage storage)
    {
        _storage = storage;
        Topic = new SystemTopic("uploads", new SystemTopicArgs
        {
            ResourceGroupName = group.Name,
            Source = storage.Account.Id,
            TopicType = "Microsoft.Storage.StorageAccounts",
            Identity = new IdentityInfoArgs { Type = "SystemAssigned" },
        });
        Output<string> principal = Topic.Identity.Apply(i => i!.PrincipalId!);
        Resource[] roles =
        [
            Grant.To(principal, "uploads-queue", BuiltInRole.StorageQueueDataMessageSender, storage.Queues[StorageNames.InboxQueue].Id),
            Grant.To(principal, "uploads-dead-letters", BuiltInRole.StorageBlobDataContributor, storage.Containers[StorageNames.DeadLetters].Id),
        ];
        _ = new SystemTopicEventSubscription("inbox", Subscription(group), new CustomResourceOptions { DependsOn = roles });
    }

    public SystemTopic Topic { get; }

    private SystemTopicEventSubscriptionArgs Subscription(ResourceGroup group) => new()
    {
        ResourceGroupName = group.Name,
        SystemTopicName = Topic.Name,
        EventSubscriptionName = StorageNames.InboxQueue,
        EventDeliverySchema = "EventGridSchema",
        Filter = Uploads(),
        RetryPolicy = new RetryPolicyArgs { MaxDeliveryAttempts = 30, EventTimeToLiveInMinutes = 1440 },
        DeliveryWithResourceIdentity = new DeliveryWithResourceIdentityArgs
        {
            Identity = new EventSubscriptionIdentityArgs { Type = "SystemAssigned" },
            Destination = new StorageQueueEventSubscriptionDestinationArgs
            {
                EndpointType = "StorageQueue",
                ResourceId = _storage.Account.Id,
                QueueName = _storage.Queues[StorageNames.InboxQueue].Name,
                QueueMessageTimeToLiveInSeconds = 604800,
            },
        },
        DeadLetterWithResourceIdentity = new DeadLetterWithResourceIdentityArgs
        {
            Identity = new EventSubscriptionIdentityArgs { Type = "SystemAssigned" },
            DeadLetterDestination = new StorageBlobDeadLetterDestinationArgs
            {
                EndpointType = "StorageBlob",
                ResourceId = _storage.Account.Id,
                BlobContainerName = _storage.Containers[StorageNames.DeadLetters].Name,
            },
        },
    };

    /// <summary>The platform writes its own blobs into the same container; those, even of a data set called 'inbox', are no uploads.</summary>
    private static EventSubscriptionFilterArgs Uploads() => new()
    {
        IncludedEventTypes = { "Microsoft.Storage.BlobCreated" },
        IsSubjectCaseSensitive = true,
        SubjectBeginsWith = Blobs,
        AdvancedFilters = new object[]
        {
            new StringContainsAdvancedFilterArgs { OperatorType = "StringContains", Key = "subject", Values = { "/inbox/" } },
            new StringNotBeginsWithAdvancedFilterArgs { OperatorType = "StringNotBeginsWith", Key = "subject", Values = { Blobs + "incoming/", Blobs + "sha256/" } },
        },
    };
}
