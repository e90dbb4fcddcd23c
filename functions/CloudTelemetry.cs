using Azure.Identity;
using Azure.Monitor.OpenTelemetry.Exporter;
using Microsoft.Azure.Functions.Worker.OpenTelemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;

namespace MlOps.Functions;

/// <summary>
/// Our instruments and spans go where the host's go: to Application Insights when its connection string is set, as the identity that
/// the app has there; otherwise nowhere.
/// </summary>
internal static class CloudTelemetry
{
    public static void AddTo(IHostApplicationBuilder builder)
    {
        IOpenTelemetryBuilder telemetry = builder.Services.AddOpenTelemetry().UseFunctionsWorkerDefaults()
            .WithMetrics(metrics => metrics.AddMeter(Domain.Telemetry.Name))
            .WithTracing(tracing => tracing.AddSource(Domain.Telemetry.Name));
        if (builder.Configuration["APPLICATIONINSIGHTS_CONNECTION_STRING"] is { Length: > 0 } connection)
            telemetry.UseAzureMonitorExporter(options => Configure(options, connection, builder.Configuration["AZURE_CLIENT_ID"]));
    }

    private static void Configure(AzureMonitorExporterOptions options, string connection, string? identity)
    {
        options.ConnectionString = connection;
        if (!string.IsNullOrEmpty(identity))
            options.Credential = new ManagedIdentityCredential(ManagedIdentityId.FromUserAssignedClientId(identity));
    }
}
