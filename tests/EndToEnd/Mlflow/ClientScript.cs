using System.Globalization;

namespace MlOps.EndToEnd.Mlflow;

/// <summary>The scripts of the folder <c>scripts</c>: MLflow's own client, unchanged, against a server.</summary>
internal static class ClientScript
{
    private const int Skipped = 77;

    /// <summary>Fails unless the script ran to its end and checked something; skips the test where it says that it cannot run with this MLflow.</summary>
    public static async Task RunAsync(string name, string url, params string[] arguments)
    {
        (int code, string output) = await Python.RunAsync([Path.Combine(AppContext.BaseDirectory, "Mlflow", "scripts", $"{name}.py"), url, .. arguments]);

        string[] lines = output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        Skip.If(code == Skipped, Array.Find(lines, l => l.StartsWith("skipped: ", StringComparison.Ordinal)));
        Assert.True(code == 0 && Checks(lines) > 0, $"{name}.py ended with {code}:\n{output}");
    }

    private static int Checks(string[] lines) =>
        Array.FindLast(lines, l => l.StartsWith("checks: ", StringComparison.Ordinal)) is { } line ? int.Parse(line["checks: ".Length..], CultureInfo.InvariantCulture) : 0;
}
