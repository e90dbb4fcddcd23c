using MlOps.CrashHost;

// A process that tests kill. The first argument names what it does until then, the others are that mode's.
Dictionary<string, Func<string[], Task>> modes = new()
{
    ["storage"] = StorageLoad.RunAsync,
    ["workflow"] = args => CrashLoads.RunAsync(args, WorkflowLoad.RunAsync),
    ["pipeline-first"] = args => CrashLoads.RunAsync(args, PipelineCrashLoad.RunFirstAsync),
    ["pipeline-next"] = args => CrashLoads.RunAsync(args, PipelineCrashLoad.RunNextAsync),
};
await modes[args[0]](args[1..]);
