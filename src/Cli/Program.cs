return await MlOps.Cli.MlOpsCommand.RunAsync(args, Console.Out, Console.Error, CancellationToken.None);
