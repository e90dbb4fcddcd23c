using System.Reflection;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

/// <summary>
/// The runtime calls it in a process that has this assembly as its DOTNET_STARTUP_HOOKS, before Main: it writes what the process is and which
/// instructions its code may use. Its name, without a namespace, is what the runtime looks for.
/// </summary>
internal static class StartupHook
{
    /// <summary>Names the file that it writes.</summary>
    public const string Report = "MLOPS_TEST_INSTRUCTIONS";

    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(Report) is not { } file)
            return;
        List<string> used = [Assembly.GetEntryAssembly()!.GetName().Name!];
        if (Avx2.IsSupported)
            used.Add("avx2");
        if (Vector128.IsHardwareAccelerated)
            used.Add("vectors of 16 bytes");
        File.WriteAllLines(file, used);
    }
}
