namespace MlOps.Infra.Tests;

public class StorageTests
{
    [Fact]
    public async Task Account_OfEveryStack_KnowsNoKeysNoPublicBlobsNoOldTls()
    {
        foreach (string stack in (string[])["dev", "prod"])
        {
            List<Made> accounts = [.. (await StackRun.Of(stack)).Where(m => m.Type == "azure-native:storage:StorageAccount")];

            Assert.Equal(["mlops", "mlopscode"], accounts.Select(a => a.Name).Order());
            Assert.All(accounts, a => Assert.Equal((false, false, true, "TLS1_2"), (a["allowBlobPublicAccess"], a["allowSharedKeyAccess"], a["enableHttpsTrafficOnly"], a.Text("minimumTlsVersion"))));
        }
    }

    [Fact]
    public async Task Containers_AreAllPrivate()
    {
        List<Made> containers = [.. (await StackRun.Of("prod")).Where(m => m.Type == "azure-native:storage:BlobContainer")];

        Assert.Equal(StorageNames.Containers.Append(StorageNames.Deploy).Order(), containers.Select(c => c.Text("containerName")!).Order());
        Assert.All(containers, c => Assert.Equal("None", c.Text("publicAccess")));
    }

    [Fact]
    public async Task Blobs_OverwrittenOrDeleted_CanBeBroughtBack()
    {
        Made recovery = Assert.Single(await StackRun.Of("prod"), m => m.Type == "azure-native:storage:BlobServiceProperties");

        Assert.Equal(true, recovery["isVersioningEnabled"]);
        Assert.Equal(true, recovery["deleteRetentionPolicy", "enabled"]);
        Assert.Equal(30.0, recovery["deleteRetentionPolicy", "days"]);
        Assert.Equal(30.0, recovery["containerDeleteRetentionPolicy", "days"]);
    }

    [Fact]
    public async Task Lifecycle_DeletesNothingThatThePlatformMayRead()
    {
        Made policy = Assert.Single(await StackRun.Of("prod"), m => m.Type == "azure-native:storage:ManagementPolicy");
        IEnumerable<Made> rules = policy.List("policy", "rules").Select(r => policy with { Inputs = (System.Collections.Immutable.ImmutableDictionary<string, object>)r });

        foreach (Made rule in rules.Where(r => r["definition", "actions", "baseBlob", "delete"] is not null))
            Assert.Equal([StorageNames.DeadLetters + "/"], rule.List("definition", "filters", "prefixMatch"));
        Assert.Contains(rules, r => r["definition", "actions", "version", "delete"] is not null);
    }
}
