using MlOps.Bench.Serving.Profile;

/// <summary>Called by the runtime before the program, where DOTNET_STARTUP_HOOKS names this assembly: the name is the runtime's.</summary>
internal static class StartupHook
{
    /// <summary>The variable that names the file to be written when the program ends.</summary>
    public const string File = "MLOPS_START_PROFILE";

    public static void Initialize()
    {
        string file = Environment.GetEnvironmentVariable(File)!;
        var methods = new CompiledMethods();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => ProfileFile.Write(methods.Stop(), file);
    }
}
