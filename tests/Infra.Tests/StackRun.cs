using System.Collections.Concurrent;
using System.Text.Json;
using Pulumi;
using Pulumi.Testing;

namespace MlOps.Infra.Tests;

/// <summary>Runs the whole stack without engine, network or Azure.</summary>
internal static class StackRun
{
    // The SDK takes its configuration from the environment of the process.
    private static readonly SemaphoreSlim OneAtATime = new(1);

    private static readonly ConcurrentDictionary<string, Lazy<Task<IReadOnlyList<Made>>>> Runs = new();

    /// <summary>What a stack file makes, with some of its keys changed. The same stack is run once.</summary>
    public static Task<IReadOnlyList<Made>> Of(string stack, params (string Key, string Value)[] changes)
    {
        Dictionary<string, string> config = StackFile.Config(stack);
        foreach ((string key, string value) in changes)
            config[$"mlops:{key}"] = value;
        return Runs.GetOrAdd(stack + string.Join(';', changes), _ => new(() => RunAsync(stack, config))).Value;
    }

    private static async Task<IReadOnlyList<Made>> RunAsync(string stack, Dictionary<string, string> config)
    {
        await OneAtATime.WaitAsync();
        try
        {
            Environment.SetEnvironmentVariable("PULUMI_CONFIG", JsonSerializer.Serialize(config));
            var mocks = new AzureMocks();
            await Deployment.TestAsync<MlOpsStack>(mocks, new TestOptions { ProjectName = "mlops", StackName = stack, IsPreview = false });
            return [.. mocks.Made.Where(m => m.Type.StartsWith("azure-native:", StringComparison.Ordinal))];
        }
        finally
        {
            OneAtATime.Release();
        }
    }
}
