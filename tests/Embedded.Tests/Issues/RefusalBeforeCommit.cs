using MlOps.Contracts;
using MlOps.Domain.Storage;
using MlOps.Embedded.Storage;

namespace MlOps.Embedded.Tests.Issues;

/// <summary>The writer told of a conflict before the transaction that held the other row was committed: the loser then read nothing.</summary>
public class RefusalBeforeCommit
{
    [Fact]
    public async Task Insert_ThatLosesARace_FindsTheWinnersRow()
    {
        using var directory = new TempDirectory();
        await using var tables = new SqliteEntityTable(directory["entities.db"], TimeProvider.System);
        for (int round = 0; round < 50; round++)
        {
            string row = $"r{round}";
            bool[] found = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
                await tables.TryInsertAsync("things", new Entity("p", row), CancellationToken.None)
                || await tables.FindAsync("things", new EntityKey("p", row), CancellationToken.None) is not null)));

            Assert.DoesNotContain(false, found);
        }
    }
}
