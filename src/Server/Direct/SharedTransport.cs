using System.IO.Pipelines;

namespace MlOps.Server.Direct;

/// <summary>A connection's bytes, of which whoever waits for them goes on on the thread of all sockets, or on the pool once the request has left it.</summary>
internal sealed class SharedTransport(IDuplexPipe inner, SharedThread thread) : IDuplexPipe
{
    public PipeReader Input { get; } = new Reader(inner.Input, thread);

    public PipeWriter Output { get; } = new Writer(inner.Output, thread);

    private static async ValueTask<T> OnPoolAsync<T>(Task<T> waited)
    {
        await ((Task)waited).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await SharedThread.Pool;
        return await waited;
    }

    private static ValueTask<T> Waited<T>(ValueTask<T> done, SharedThread thread) =>
        !thread.IsLeft || done.IsCompleted ? done : OnPoolAsync(done.AsTask());

    private sealed class Reader(PipeReader inner, SharedThread thread) : PipeReader
    {
        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => Waited(inner.ReadAsync(cancellationToken), thread);

        public override bool TryRead(out ReadResult result) => inner.TryRead(out result);

        public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => inner.AdvanceTo(consumed, examined);

        public override void CancelPendingRead() => inner.CancelPendingRead();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);

        public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);
    }

    private sealed class Writer(PipeWriter inner, SharedThread thread) : PipeWriter
    {
        public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

        public override long UnflushedBytes => inner.UnflushedBytes;

        public override Memory<byte> GetMemory(int sizeHint = 0) => inner.GetMemory(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => inner.GetSpan(sizeHint);

        public override void Advance(int bytes) => inner.Advance(bytes);

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => Waited(inner.FlushAsync(cancellationToken), thread);

        public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default) =>
            Waited(inner.WriteAsync(source, cancellationToken), thread);

        public override void CancelPendingFlush() => inner.CancelPendingFlush();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);

        public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);
    }
}
