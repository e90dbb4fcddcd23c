using MlOps.Domain.Workflows;
using MlOps.Domain.Workflows.Replay;

namespace MlOps.Embedded.Workflows;

/// <summary>Calls a workflow as a step of another: starts it, finds it again after a crash, or reruns it when its caller was rerun.</summary>
internal sealed class SubWorkflows(EngineCore engine)
{
    public async Task CallAsync(LiveInstance parent, InstanceHeader caller, Step step, string key)
    {
        try
        {
            if (await EnsureAsync(caller, step, key) is { } outcome)
                parent.TryPost(new OutcomeSignal(key, outcome));
        }
        catch (MlOpsException e) when (e.Code is "workflow-unknown" or "message-shape" or "instance-id" or "instance-exists")
        {
            parent.TryPost(new OutcomeSignal(key, new(JournalKind.StepFailed, default) { Step = step.Number, Failure = Messages.Failure(e) }));
        }
#pragma warning disable CA1031 // The store failed; the call is safe to repeat.
        catch (Exception e)
#pragma warning restore CA1031
        {
            engine.Log.TurnFailed(e, step.Scheduled.Target!, engine.Options.WriteRetryDelay);
            engine.Timers.Add(engine.Time.GetUtcNow() + engine.Options.WriteRetryDelay, () => engine.Background.Start(() => CallAsync(parent, caller, step, key)));
        }
    }

    public static JournalEvent OutcomeOf(InstanceHeader child, int step) => child.State == WorkflowState.Completed
        ? new(JournalKind.StepCompleted, default) { Step = step, Data = child.Output }
        : new(JournalKind.StepFailed, default) { Step = step, Failure = child.Failure };

    /// <summary>The outcome if the child has ended, null when it runs and will tell.</summary>
    private async Task<JournalEvent?> EnsureAsync(InstanceHeader caller, Step step, string key)
    {
        string id = step.Scheduled.Target!;
        var origin = new ParentStep(caller.InstanceId, step.Number, key, caller.Reruns);
        if (await engine.CreateAsync(step.Name, step.Scheduled.Data!, id, origin))
            return null;
        InstanceHeader child = await engine.Store.FindHeaderAsync(id, CancellationToken.None) ?? throw EngineErrors.Missing(id);
        if (child.Parent != caller.InstanceId || child.ParentKey != key)
        {
            throw MlOpsException.Conflict(
                "instance-exists", $"sub-workflow '{step.Name}' of '{caller.InstanceId}' cannot start as '{id}': an instance of that id exists; call it with another id");
        }

        if (!child.Ended)
            return null;
        if (child.State != WorkflowState.Completed && child.ParentReruns < caller.Reruns && !EngineErrors.IsUndone(child.Failure))
        {
            await engine.RerunAsync(child, caller.Reruns);
            return null;
        }

        return OutcomeOf(child, step.Number);
    }
}

/// <summary>The step that called an instance.</summary>
internal sealed record ParentStep(string InstanceId, int Step, string Key, int Reruns);
