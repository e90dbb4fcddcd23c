using System.Collections.Concurrent;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.DurableTask.Protobuf;
using MlOps.Contracts;

namespace MlOps.Azure.Tests.Workflows;

/// <summary>
/// Between sidecar and worker: the time that an orchestration sees is the test's. The sidecar notes the machine's for each turn; the
/// first time a note passes here it stands for the test's clock, and for the same time from then on.
/// </summary>
internal sealed class ManualClock(ManualTimeProvider clock) : Interceptor
{
    private readonly ConcurrentDictionary<Timestamp, Timestamp> _times = new();

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation) =>
        continuation(request, new Writer<TResponse>(this, responseStream), context);

    private void Stamp(IEnumerable<HistoryEvent> events)
    {
        foreach (HistoryEvent e in events.Where(e => e.OrchestratorStarted is not null))
            e.Timestamp = _times.GetOrAdd(e.Timestamp, _ => Timestamp.FromDateTimeOffset(clock.GetUtcNow()));
    }

    private sealed class Writer<T>(ManualClock clock, IServerStreamWriter<T> inner) : IServerStreamWriter<T>
    {
        public WriteOptions? WriteOptions { get => inner.WriteOptions; set => inner.WriteOptions = value; }

        public Task WriteAsync(T message)
        {
            if (message is WorkItem { OrchestratorRequest: { } turn })
                clock.Stamp(turn.PastEvents.Concat(turn.NewEvents));
            else if (message is HistoryChunk chunk)
                clock.Stamp(chunk.Events);
            return inner.WriteAsync(message);
        }
    }
}
