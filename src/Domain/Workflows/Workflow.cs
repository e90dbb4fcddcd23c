namespace MlOps.Domain.Workflows;

/// <summary>A workflow as an engine sees it. Derive from <see cref="Workflow{TInput,TOutput}"/>.</summary>
public interface IWorkflow
{
    /// <summary>Kebab-case, unique among workflows.</summary>
    string Name { get; }

    /// <summary>
    /// An opaque version, raised when the sequence of steps changes. Several versions of one name may be in the catalog at once; new
    /// instances begin with the one added last, running ones keep theirs.
    /// </summary>
    string Version { get; }

    Type InputType { get; }

    Type OutputType { get; }

    Task<object?> RunAsync(IWorkflowContext context, object? input);
}

/// <summary>A deterministic workflow: one record in, one record out, fields only ever added. Stands in a <c>*.Workflow.cs</c> file.</summary>
public abstract class Workflow<TInput, TOutput> : IWorkflow
{
    public abstract string Name { get; }

    public virtual string Version => "1";

    Type IWorkflow.InputType => typeof(TInput);

    Type IWorkflow.OutputType => typeof(TOutput);

    public abstract Task<TOutput> RunAsync(IWorkflowContext context, TInput input);

    async Task<object?> IWorkflow.RunAsync(IWorkflowContext context, object? input) => await RunAsync(context, (TInput)input!);
}
