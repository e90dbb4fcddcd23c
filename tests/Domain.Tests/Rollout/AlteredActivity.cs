using MlOps.Domain.Workflows;

namespace MlOps.Domain.Tests.Rollout;

/// <summary>An activity that a test runs in its own way.</summary>
internal sealed class AlteredActivity(IActivity inner, Func<ActivityContext, object?, CancellationToken, Task<object?>> run) : IActivity
{
    public string Name => inner.Name;

    public Type InputType => inner.InputType;

    public Type OutputType => inner.OutputType;

    public static WorkflowCatalog In(WorkflowCatalog catalog, Func<IActivity, IActivity> alter)
    {
        var altered = new WorkflowCatalog();
        foreach (IWorkflow workflow in catalog.Workflows)
            altered.Add(workflow);
        foreach (IActivity activity in catalog.Activities)
            altered.Add(alter(activity));
        return altered;
    }

    public Task<object?> RunAsync(ActivityContext context, object? input, CancellationToken cancellationToken) => run(context, input, cancellationToken);
}
