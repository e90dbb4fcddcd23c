using MlOps.Domain;

namespace MlOps.Azure.Tests.Functions;

/// <summary>Functions host, models in memory and a training share one instance.</summary>
[Collection(WorkerApp.OneAtATime)]
public sealed class MemoryTests
{
    [Theory]
    [InlineData("2048", null, 512, 1024)]
    [InlineData("2048", "256", 256, 1280)]
    [InlineData("512", "500", 500, 0)]
    public async Task Memory_OfAnInstance_IsGivenToModelsAndATrainingOnce(string instance, string? models, long modelsMb, long trainingMb)
    {
        await using WorkerApp app = await WorkerApp.StartAsync(new Dictionary<string, string?>
        {
            ["AzureWebJobsStorage"] = "UseDevelopmentStorage=true",
            ["MlOps:InstanceMemoryMb"] = instance,
            ["MlOps:ModelMemoryMb"] = models,
        });

        PlatformPorts ports = app.Cloud.Platform.Ports;

        Assert.Equal((modelsMb << 20, (long?)trainingMb << 20), (ports.ModelMemory, ports.Limits.Memory));
    }
}
