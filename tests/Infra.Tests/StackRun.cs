using System.Text.Json;
using Pulumi;
using Pulumi.Testing;

namespace MlOps.Infra.Tests;

/// <summary>Runs the whole stack without engine, network or Azure.</summary>
internal static class StackRun
{
    // The SDK takes its configuration from the environment of the process.
    private static readonly SemaphoreSlim s_oneAtATime = new(1);

    public static async Task<IReadOnlyList<Made>> Of(string stack, params (string Key, string Value)[] changes)
    {
        Dictionary<string, string> config = StackFile.Config(stack);
        foreach ((string key, string value) in changes)
            config[$"mlops:{key}"] = value;
        await s_oneAtATime.WaitAsync();
        try
        {
            Environment.SetEnvironmentVariable("PULUMI_CONFIG", JsonSerializer.Serialize(config));
            var mocks = new AzureMocks();
            await Deployment.TestAsync<MlOpsStack>(mocks, new TestOptions { ProjectName = "mlops", StackName = stack, IsPreview = false });
            return [.. mocks.Made.Where(m => m.Type.StartsWith("azure-native:", StringComparison.Ordinal))];
        }
        finally
        {
            s_oneAtATime.Release();
        }
    }
}
