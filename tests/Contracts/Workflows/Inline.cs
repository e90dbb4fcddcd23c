using MlOps.Domain.Workflows;

namespace MlOps.Contracts.Workflows;

/// <summary>A workflow written where it is used.</summary>
public sealed class InlineWorkflow<TInput, TOutput>(string name, Func<IWorkflowContext, TInput, Task<TOutput>> run, string version = "1")
    : Workflow<TInput, TOutput>
{
    public override string Name => name;

    public override string Version => version;

    public override Task<TOutput> RunAsync(IWorkflowContext context, TInput input) => run(context, input);
}

/// <summary>An activity written where it is used.</summary>
public sealed class InlineActivity<TInput, TOutput>(string name, Func<ActivityContext, TInput, CancellationToken, Task<TOutput>> run)
    : Activity<TInput, TOutput>
{
    public override string Name => name;

    public override Task<TOutput> RunAsync(ActivityContext context, TInput input, CancellationToken cancellationToken) => run(context, input, cancellationToken);
}
