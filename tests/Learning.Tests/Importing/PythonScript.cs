using System.ComponentModel;
using System.Diagnostics;

namespace MlOps.Learning.Tests.Importing;

/// <summary>Runs a script of this folder with the interpreter that Debian's packages are for, which need not be the first on the path.</summary>
internal static class PythonScript
{
    /// <param name="library">As pip names it.</param>
    public static string HowToGet(string library, string? missing) => $"apt-get install python3-{library} python3-sklearn, or pip install -r .ci/requirements.txt ({missing})";

    /// <returns>What is missing, or null when it ran.</returns>
    /// <exception cref="InvalidOperationException">The script failed otherwise.</exception>
    public static string? Run(string script, params string[] arguments)
    {
        string python = File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";
        try
        {
            using var process = Process.Start(new ProcessStartInfo(python, [Path.Combine(ExpectedRows.Folder, "..", script), .. arguments]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            process.OutputDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
            string errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode == 0)
                return null;
            return errors.Contains("ModuleNotFoundError", StringComparison.Ordinal) ? errors.Trim().Split('\n')[^1] : throw new InvalidOperationException($"{script} failed: {errors}");
        }
        catch (Win32Exception e)
        {
            return e.Message;
        }
    }
}
