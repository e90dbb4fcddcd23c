namespace MlOps.Embedded.Workflows;

/// <summary>
/// Is told of every write of the engine, right before it and right after it has become durable: the two sides of each point at
/// which a crash can strike. Crash tests end the process from here; it runs on the engine's threads and must not block.
/// </summary>
public interface IJournalObserver
{
    void BeforeWrite(JournalPoint point);

    void AfterWrite(JournalPoint point);
}

/// <summary>A write of the engine.</summary>
/// <param name="InstanceId">The instance it belongs to.</param>
/// <param name="Sequence">Sequence number of the first journal event in it; -1 when it touches no event (index rows).</param>
/// <param name="What"><c>journal</c>, <c>index</c> or <c>purge</c>.</param>
public readonly record struct JournalPoint(string InstanceId, long Sequence, string What);
