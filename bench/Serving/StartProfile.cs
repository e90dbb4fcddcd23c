using System.Runtime.InteropServices;
using MlOps.Bench.Serving.Profile;

namespace MlOps.Bench.Serving;

/// <summary>
/// Finds out what the JIT compiles from the start of the published server to its first prediction, and writes it where the next publish
/// takes it from: src/Cli/start.mibc. The server is one that was published without such a list.
/// </summary>
internal sealed class StartProfile(ServingPlace place, string repository)
{
    public async Task RunAsync()
    {
        string file = Path.Combine(repository, "src", "Cli", "start.mibc");
        // A list that is no longer given is no reason for the SDK to compile again: what it compiled with the last list would be published.
        if (Directory.Exists(Compiled(repository)))
            Directory.Delete(Compiled(repository), recursive: true);
        await place.PublishAsync("published-bare", "-p:StartProfile=");
        ServerCommand ours = place.Ours("numbers", "published-bare");
        var environment = new Dictionary<string, string> { ["DOTNET_STARTUP_HOOKS"] = typeof(StartupHook).Assembly.Location, [StartupHook.File] = file };
        using (ServerProcess server = await ServerProcess.StartAsync(ours with { Environment = environment }, place.Body("numbers", 1)))
            await server.StopAsync();
        Console.WriteLine(FormattableString.Invariant($"{file}: {new FileInfo(file).Length:N0} bytes"));
    }

    private static string Compiled(string repository) => Path.Combine(repository, "artifacts", "obj", "Cli", $"release_{RuntimeInformation.RuntimeIdentifier}", "R2R");
}
