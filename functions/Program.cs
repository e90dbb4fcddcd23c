using Microsoft.Extensions.Hosting;
using MlOps.Functions;

await CloudApp.Build(args).RunAsync();
