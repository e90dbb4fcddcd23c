using System.Diagnostics;
using MlOps.Embedded.Workflows;

namespace MlOps.CrashHost;

/// <summary>
/// Kills its own process when each of its loads stands at its journal point or has ended. A load that has come to its point writes no
/// more: every later write waits for the kill as well.
/// </summary>
public sealed class CrashGate(int loads)
{
    private int _running = loads;
    private int _held;

    /// <summary>For one load: holds it at the n-th point; each write of the engine has two, before and after. 0 holds never.</summary>
    public IJournalObserver At(int point) => new Load(this, point);

    /// <summary>A load has ended without coming to its point.</summary>
    public void Ended() => Leave();

    private void Hold()
    {
        Interlocked.Increment(ref _held);
        Leave();
        Thread.Sleep(Timeout.Infinite);
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _running) == 0 && Volatile.Read(ref _held) > 0)
            Process.GetCurrentProcess().Kill();
    }

    private sealed class Load(CrashGate gate, int point) : IJournalObserver
    {
        private int _points;

        public void BeforeWrite(JournalPoint journal) => Count();

        public void AfterWrite(JournalPoint journal) => Count();

        private void Count()
        {
            int now = Interlocked.Increment(ref _points);
            if (now == point)
                gate.Hold();
            else if (now > point && point > 0)
                Thread.Sleep(Timeout.Infinite);
        }
    }
}
