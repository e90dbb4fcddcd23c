using System.Diagnostics;
using MlOps.Embedded.Workflows;

namespace MlOps.CrashHost;

/// <summary>Kills its own process at the n-th journal point; each write of the engine has two, before and after. 0 kills never.</summary>
public sealed class CrashAt(int point) : IJournalObserver
{
    private int _points;

    public void BeforeWrite(JournalPoint point) => Count();

    public void AfterWrite(JournalPoint point) => Count();

    private void Count()
    {
        if (Interlocked.Increment(ref _points) == point)
            Process.GetCurrentProcess().Kill();
    }
}
