using MlOps.Infra;
using Pulumi;

return await Deployment.RunAsync<MlOpsStack>();
