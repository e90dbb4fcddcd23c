using MlOps.Cli;
using MlOps.CloudCli;
using MlOps.Learning.Trainers;
using MlOps.MlNet;

var edition = new Edition
{
    Trainers = MlNetTrainers.AddTo(TrainerCatalog.Default),
    OpenStorage = AccountStores.OpenAsync,
};
return await MlOpsCommand.RunAsync(args, Console.Out, Console.Error, edition, CancellationToken.None);
