using MlOps.Contracts;
using MlOps.Domain.Monitoring;
using MlOps.Embedded.Storage;

namespace MlOps.Domain.Tests.Monitoring;

public sealed class RetrainClaimTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Cooldown = TimeSpan.FromHours(1);

    [Fact]
    public async Task Claim_ManyAlarmsAtOnce_OneRetrains()
    {
        await WithTableAsync(async table =>
        {
            DateTimeOffset?[] last = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => table.ClaimRetrainAsync("churn", $"report-{i}", Now, Cooldown, default))));

            Assert.Single(last, l => l is null);
            Assert.All(last.Where(l => l is not null), l => Assert.Equal(Now, l));
        });
    }

    [Fact]
    public async Task Claim_Repeated_SucceedsForItsOwnerOnlyUntilTheCooldownIsOver()
    {
        await WithTableAsync(async table =>
        {
            Assert.Null(await table.ClaimRetrainAsync("churn", "a", Now, Cooldown, default));
            Assert.Null(await table.ClaimRetrainAsync("churn", "a", Now.AddMinutes(5), Cooldown, default));
            Assert.Equal(Now, await table.ClaimRetrainAsync("churn", "b", Now.AddMinutes(59), Cooldown, default));
            Assert.Null(await table.ClaimRetrainAsync("other", "b", Now.AddMinutes(59), Cooldown, default));
            Assert.Null(await table.ClaimRetrainAsync("churn", "b", Now.AddMinutes(60), Cooldown, default));
        });
    }

    private static async Task WithTableAsync(Func<MonitoringTable, Task> test)
    {
        using var folder = new TempDirectory();
        await using SqliteEntityTable tables = await SqliteEntityTable.OpenAsync(folder["mlops.db"], TimeProvider.System, default);
        using var blobs = new FileBlobStore(folder["blobs"], TimeProvider.System);
        await test(new MonitoringTable(tables, blobs));
    }
}
