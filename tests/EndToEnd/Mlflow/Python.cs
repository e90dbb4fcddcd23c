using System.ComponentModel;
using System.Diagnostics;

namespace MlOps.EndToEnd.Mlflow;

/// <summary>The Python whose MLflow these tests use: <c>python3</c>, or the one that <c>MLOPS_MLFLOW_PYTHON</c> names.</summary>
internal static class Python
{
    private static readonly string Program = Environment.GetEnvironmentVariable("MLOPS_MLFLOW_PYTHON") ?? "python3";

    private static readonly Dictionary<string, Task<string>> Asked = [];

    /// <summary>Skips the test where this Python lacks a module.</summary>
    /// <param name="modules">As <c>import</c> takes them.</param>
    public static async Task NeedAsync(string modules)
    {
        Task<string> missing;
        lock (Asked)
        {
            if (!Asked.TryGetValue(modules, out missing!))
                Asked[modules] = missing = MissingAsync(modules);
        }

        Skip.IfNot(await missing is "", $"{Program} cannot import {modules} ({await missing}): pip install mlflow scikit-learn, or name a Python that has them in MLOPS_MLFLOW_PYTHON");
    }

    /// <summary>Of MLflow, <c>3.11.1</c>.</summary>
    public static async Task<string> VersionAsync() => (await RunAsync(["-c", "import mlflow; print(mlflow.__version__)"])).Output.Trim().Split('\n')[^1];

    /// <summary>Runs to the end; all that it says.</summary>
    public static async Task<(int Code, string Output)> RunAsync(IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        using var process = Process.Start(StartOf(arguments, environment))!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors);
    }

    public static Process Start(IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment) => Process.Start(StartOf(arguments, environment))!;

    private static ProcessStartInfo StartOf(IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment)
    {
        var start = new ProcessStartInfo(Program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string name in start.Environment.Keys.Where(k => k.StartsWith("MLFLOW_", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        start.Environment["PYTHONIOENCODING"] = "utf-8";
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        start.Environment["MLFLOW_DISABLE_TELEMETRY"] = "true";
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        return start;
    }

    private static async Task<string> MissingAsync(string modules)
    {
        try
        {
            (int code, string output) = await RunAsync(["-c", $"import {modules}"]);
            return code == 0 ? "" : output.Trim().Split('\n')[^1];
        }
        catch (Win32Exception e)
        {
            return e.Message;
        }
    }
}
