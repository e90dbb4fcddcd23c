using MlOps.Bench.Csv;
using MlOps.Bench.Entities;
using MlOps.Bench.Learning;
using MlOps.Bench.Serving;
using MlOps.Bench.Statistics;
using MlOps.Bench.Tracking;
using MlOps.Bench.Workflows;

// dotnet run -c Release --project bench -- <name> [arguments of that bench]
Dictionary<string, (string About, Func<string[], Task> Run)> benches = new()
{
    ["csv"] = ("reading CSV into a typed table, against CsvHelper and pandas: csv [megabytes]", CsvBench.RunAsync),
    ["entities"] = ("entity store: group commit against one commit a row, point reads, scans", EntityBench.RunAsync),
    ["learning"] = ("the learning engine, against XGBoost and scikit-learn: learning NAME", LearningBench.RunAsync),
    ["serving"] = ("serving over HTTP, against ASP.NET Core itself and FastAPI: serving [rate] [start] [cost] [memory] [seconds] [at=FOLDER]", ServingBench.RunAsync),
    ["serving-echo"] = ("the server that does nothing, for serving: serving-echo URL", EchoServer.RunAsync),
    ["statistics"] = ("drift of a table, AUC and exact Kolmogorov-Smirnov", StatisticsBench.RunAsync),
    ["tracking"] = ("MLflow's calls, against MLflow's own server: tracking [write] [search] [history] [artifacts] [kill] [runs=N] [metrics=N] [peer=no] [at=FOLDER]", TrackingBench.RunAsync),
    ["workflows"] = ("workflow engine: overhead a step, one instance and many, replay after a restart", WorkflowBench.RunAsync),
};

if (args.Length > 0 && benches.TryGetValue(args[0], out var bench))
{
    await bench.Run(args[1..]);
    return 0;
}

foreach ((string name, (string about, _)) in benches)
    Console.WriteLine($"{name,-12}{about}");
return args.Length == 0 ? 0 : 2;
