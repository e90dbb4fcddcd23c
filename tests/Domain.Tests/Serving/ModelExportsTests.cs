using MlOps.Contracts;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving.Models;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Serving;

public sealed class ModelExportsTests
{
    private static readonly TimeSpan Limit = Eventually.Patience;

    private readonly IModel _model = TrainerCatalog.Default.Get("gbdt").Fit(
        new TrainingSpec { Task = LearningTask.Regression, Target = "y", Threads = 1, Parameters = new Dictionary<string, string> { ["trees"] = "2" } },
        new Table([new NumberColumn("a", [.. Enumerable.Range(0, 50).Select(i => (double)i)]), new NumberColumn("y", [.. Enumerable.Range(0, 50).Select(i => i * 2.0)])]),
        null, null, CancellationToken.None);

    [Fact]
    public async Task Write_ByTwo_LoadsOnceAndGoesOneAfterTheOther()
    {
        int loads = 0;
        var cache = new ModelCache((_, _) => Task.FromResult(Interlocked.Increment(ref loads) > 0 ? _model : null!), 1 << 20, TimeProvider.System);
        var exports = new ModelExports(cache);
        using var slow = new SlowFile();
        using var second = new MemoryStream();
        ModelVersion version = ModelCacheTests.Version("a", 1_000);

        Task first = exports.WriteAsync(version, "onnx", slow, CancellationToken.None);
        try
        {
            await slow.Asked.WaitAsync(Limit);
            Task next = exports.WriteAsync(version, "onnx", second, CancellationToken.None);
            using var impatient = new CancellationTokenSource();
            Task third = exports.WriteAsync(version, "onnx", new MemoryStream(), impatient.Token);
            await impatient.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => third.WaitAsync(Limit));
            Assert.Equal(0, second.Length);

            slow.Go();
            await first.WaitAsync(Limit);
            await next.WaitAsync(Limit);
        }
        finally
        {
            slow.Go();
        }

        Assert.Equal(1, loads);
        Assert.Equal(slow.Length, second.Length);
    }

    /// <summary>Takes nothing until the test lets it.</summary>
    private sealed class SlowFile : MemoryStream
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ManualResetEventSlim _go = new();

        public Task Asked => _asked.Task;

        public void Go() => _go.Set();

        public override void Write(byte[] buffer, int offset, int count)
        {
            Wait();
            base.Write(buffer, offset, count);
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Wait();
            base.Write(buffer);
        }

        private void Wait()
        {
            _asked.TrySetResult();
            _go.Wait(Limit);
        }
    }
}
