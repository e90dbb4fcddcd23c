using System.Diagnostics;

namespace MlOps.EndToEnd;

/// <summary><c>mlops</c> as a process of its own.</summary>
internal static class MlopsCommand
{
    public static string Host => Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";

    public static string Program => Path.Combine(AppContext.BaseDirectory, "mlops.dll");

    /// <summary>Fails unless it ends with 0; what it says.</summary>
    public static async Task<string> RunAsync(params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(Host, [Program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        string said = await output + await errors;
        Assert.True(process.ExitCode == 0, $"mlops {string.Join(' ', arguments)} ended with {process.ExitCode}: {said}");
        return said;
    }
}
