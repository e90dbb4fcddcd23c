using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MlOps.Functions;

FunctionsApplicationBuilder builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
builder.Services.AddRouting();
builder.Services.AddSingleton(TimeProvider.System);
builder.Services.AddSingleton<CloudHost>();
builder.Services.AddHostedService<AccountClaim>();
CloudTelemetry.AddTo(builder);
await builder.Build().RunAsync();
