using System.Diagnostics;
using MlOps.Contracts;
using MlOps.Domain.Storage;
using MlOps.Embedded.Storage;

namespace MlOps.Embedded.Tests.Storage;

public sealed class CommitQueueTests
{
    private const int Writes = 500_000;

    /// <summary>Where others have the processor each write waits for its turn there: as many as there are until then will do.</summary>
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(10);

    /// <summary>Each write meets the writer as it goes to sleep: one that is not noticed is waited for for ever.</summary>
    [Fact]
    public async Task Wait_WriteAddedAsItFallsAsleep_IsNoticed()
    {
        using var queue = new CommitQueue();
        var write = new PendingWrite([new RowWrite("t", EntityWrite.Insert(new Entity("p", "r")))], default);
        int taken = 0;
        Task writer = Task.Run(() =>
        {
            while (queue.Wait())
                Volatile.Write(ref taken, taken + queue.Take(int.MaxValue).Count);
        });
        int added = 0;
        Task adder = Task.Run(() =>
        {
            long began = Stopwatch.GetTimestamp();
            while (added < Writes && Stopwatch.GetElapsedTime(began) < Enough)
            {
                int i = added++;
                queue.TryAdd(write);
                var spinner = new SpinWait();
                while (Volatile.Read(ref taken) <= i)
                    spinner.SpinOnce(sleep1Threshold: -1);
            }

            queue.Close();
        });

        await Task.WhenAll(writer, adder).WaitAsync(Eventually.Patience);
        Assert.Equal(added, taken);
    }
}
