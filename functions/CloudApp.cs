using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace MlOps.Functions;

/// <summary>The app as it runs.</summary>
public static class CloudApp
{
    /// <param name="configure">What a test has otherwise.</param>
    public static IHost Build(string[] args, Action<FunctionsApplicationBuilder>? configure = null)
    {
        FunctionsApplicationBuilder builder = FunctionsApplication.CreateBuilder(args);
        builder.ConfigureFunctionsWebApplication();
        builder.Services.AddRouting();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<CloudHost>();
        CloudTelemetry.AddTo(builder);
        configure?.Invoke(builder);
        return builder.Build();
    }
}
