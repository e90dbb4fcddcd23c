using System.Diagnostics.Tracing;
using System.Reflection;

namespace MlOps.Bench.Serving.Profile;

/// <summary>Hears from the runtime which methods the JIT compiles in this process.</summary>
internal sealed class CompiledMethods : EventListener
{
    private const EventKeywords Jit = (EventKeywords)0x10;
    private const int MethodLoadVerbose = 143;
    private const int MethodAt = 0, FlagsAt = 5;
    private const uint Dynamic = 1;

    private static readonly MethodInfo s_info = typeof(RuntimeMethodHandle).GetMethod("GetMethodInfo", BindingFlags.Instance | BindingFlags.NonPublic)!;

    private static readonly MethodInfo s_base = typeof(object).Assembly.GetType("System.RuntimeType")!.GetMethods(BindingFlags.Static | BindingFlags.NonPublic)
        .Single(m => m.Name == "GetMethodBase" && m.GetParameters() is [_, { ParameterType.Name: "IRuntimeMethodInfo" }]);

    private readonly List<nint> _seen = [];

    /// <summary>All so far, each once, those left out that nothing can name.</summary>
    public IReadOnlyList<MethodBase> Stop()
    {
        Dispose();
        lock (_seen)
            return [.. _seen.Distinct().Select(MethodOf).OfType<MethodBase>()];
    }

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == "Microsoft-Windows-DotNETRuntime")
            EnableEvents(eventSource, EventLevel.Verbose, Jit);
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (eventData.EventId != MethodLoadVerbose || ((uint)eventData.Payload![FlagsAt]! & Dynamic) != 0)
            return;
        lock (_seen)
            _seen.Add((nint)(ulong)eventData.Payload[MethodAt]!);
    }

    /// <summary>What is public takes a method of a generic type together with its type only; the runtime's own way knows it by the method.</summary>
    private static MethodBase? MethodOf(nint id)
    {
        try
        {
            var method = (MethodBase?)s_base.Invoke(null, [null, s_info.Invoke(RuntimeMethodHandle.FromIntPtr(id), null)]);
            return method?.Module == typeof(CompiledMethods).Module ? null : method;
        }
        catch (TargetInvocationException)
        {
            return null;
        }
    }
}
