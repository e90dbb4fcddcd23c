namespace MlOps.Domain.Workflows;

/// <summary>An activity as an engine sees it. Derive from <see cref="Activity{TInput,TOutput}"/>.</summary>
public interface IActivity
{
    /// <summary>Kebab-case, unique among activities.</summary>
    string Name { get; }

    Type InputType { get; }

    Type OutputType { get; }

    Task<object?> RunAsync(ActivityContext context, object? input, CancellationToken cancellationToken);
}

/// <summary>
/// One step with side effects. It runs at least once and must be idempotent by <see cref="ActivityContext.Key"/>; messages in and
/// out are references (at most 16 KB of JSON), never data.
/// </summary>
public abstract class Activity<TInput, TOutput> : IActivity
{
    public abstract string Name { get; }

    Type IActivity.InputType => typeof(TInput);

    Type IActivity.OutputType => typeof(TOutput);

    public abstract Task<TOutput> RunAsync(ActivityContext context, TInput input, CancellationToken cancellationToken);

    async Task<object?> IActivity.RunAsync(ActivityContext context, object? input, CancellationToken cancellationToken) =>
        await WorkflowMetrics.MeasureAsync(Name, context, () => RunAsync(context, (TInput)input!, cancellationToken));
}

/// <summary>Who is calling an activity.</summary>
/// <param name="InstanceId">The workflow instance.</param>
/// <param name="Key">The same for each attempt of this step and different for every other step: the idempotency key.</param>
/// <param name="Attempt">1 for the first.</param>
public sealed record ActivityContext(string InstanceId, string Key, int Attempt);
