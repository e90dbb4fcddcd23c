namespace MlOps.Domain.Workflows;

/// <summary>Steps that take back what was done when a later step fails (a saga).</summary>
public static class UndoExtensions
{
    /// <summary>
    /// Runs <paramref name="body"/>, which adds how to undo each step right before it runs (an attempt that failed may have left
    /// something, so undo activities must bear that there is nothing to undo). If the body fails, the undo activities run in reverse
    /// order and the failure is thrown on: as it is when there was nothing to undo, else with code <c>undone</c>, or
    /// <c>undo-failed</c> when some could not be undone. An instance that fails with either cannot be rerun, only started anew.
    /// </summary>
    public static async Task<T> WithUndoAsync<T>(this IWorkflowContext context, Func<UndoStack, Task<T>> body)
    {
        var undo = new UndoStack();
        try
        {
            return await body(undo);
        }
        catch (Exception e) when (undo.Count > 0)
        {
            throw await undo.UndoAsync(context, e);
        }
    }
}

/// <summary>How to undo the steps so far.</summary>
public sealed class UndoStack
{
    public const string UndoneCode = "undone";
    public const string UndoFailedCode = "undo-failed";

    private readonly Stack<(string Activity, object? Input, RetryPolicy? Retry)> _steps = new();

    public int Count => _steps.Count;

    /// <summary>Adds an activity that undoes the step which is about to run; retried as <see cref="RetryPolicy.Default"/> unless said otherwise.</summary>
    public void Add(string activity, object? input, RetryPolicy? retry = null) => _steps.Push((activity, input, retry ?? RetryPolicy.Default));

    internal async Task<MlOpsException> UndoAsync(IWorkflowContext context, Exception cause)
    {
        int count = _steps.Count;
        List<string> left = [];
        while (_steps.TryPop(out (string Activity, object? Input, RetryPolicy? Retry) step))
        {
            try
            {
                await context.CallActivityAsync<object?>(step.Activity, step.Input, step.Retry);
            }
            catch (WorkflowStepException e)
            {
                left.Add($"'{step.Activity}' ({e.Failure.Message})");
            }
        }

        StepFailure failure = StepFailure.From(cause);
        return left.Count == 0
            ? new(failure.Kind, UndoneCode, $"{failure.Message}; what was done before ({count} steps) is undone: start a new instance", cause)
            : new(failure.Kind, UndoFailedCode, $"{failure.Message}; undoing failed for {string.Join(", ", left)}: mend that by hand, then start a new instance", cause);
    }
}
