using MlOps.Domain.Storage;
using MlOps.Embedded.Storage;

namespace MlOps.Embedded.Tests.Storage;

public sealed class CommitQueueTests
{
    /// <summary>Each write meets the writer as it goes to sleep: one that is not noticed is waited for for ever.</summary>
    [Fact]
    public async Task Wait_WriteAddedAsItFallsAsleep_IsNoticed()
    {
        const int Writes = 500_000;
        using var queue = new CommitQueue();
        var write = new PendingWrite([new RowWrite("t", EntityWrite.Insert(new Entity("p", "r")))], default);
        int taken = 0;
        Task writer = Task.Run(() =>
        {
            while (queue.Wait())
                Volatile.Write(ref taken, taken + queue.Take(int.MaxValue).Count);
        });
        Task adder = Task.Run(() =>
        {
            for (int i = 0; i < Writes; i++)
            {
                queue.TryAdd(write);
                var spinner = new SpinWait();
                while (Volatile.Read(ref taken) <= i)
                    spinner.SpinOnce(sleep1Threshold: -1);
            }

            queue.Close();
        });

        await Task.WhenAll(writer, adder).WaitAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(Writes, taken);
    }
}
