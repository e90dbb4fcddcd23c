using MlOps.Domain.Workflows;

namespace MlOps.Embedded.Workflows;

/// <summary>Goes through the index of open instances at the start of the engine: resumes, and mends what a crash left half done.</summary>
internal sealed class OpenInstances(EngineCore engine)
{
    public async Task ResumeAsync(CancellationToken cancellationToken)
    {
        List<OpenInstance> open = [];
        await foreach (OpenInstance instance in engine.Index.OpenInstancesAsync(cancellationToken))
            open.Add(instance);
        int resumed = 0;
        foreach (OpenInstance instance in open)
            resumed += await TryResumeAsync(instance, cancellationToken) ? 1 : 0;
        engine.Log.Resumed(resumed);
    }

    private async Task<bool> TryResumeAsync(OpenInstance instance, CancellationToken cancellationToken)
    {
        try
        {
            return await ResumeAsync(instance, cancellationToken);
        }
        catch (MlOpsException e) when (e.Code == "journal-corrupt")
        {
            engine.Log.ResumeFailed(e, instance.InstanceId);
            return false;
        }
    }

    private async Task<bool> ResumeAsync(OpenInstance instance, CancellationToken cancellationToken)
    {
        InstanceHeader? header;
        using (await engine.Locks.EnterAsync(instance.InstanceId, cancellationToken))
        {
            header = await engine.Store.FindHeaderAsync(instance.InstanceId, cancellationToken);
            if (instance.Purge && header is { Ended: true })
            {
                await engine.Store.PurgeAsync(instance.InstanceId, cancellationToken);
                header = null;
            }

            if (header is null)
                await engine.Index.RemoveAsync(instance, cancellationToken);
            else if (header.Ended)
                await engine.Index.CloseAsync(instance.InstanceId, cancellationToken);
        }

        if (header is not { Ended: false })
            return false;
        if (await CancelledParentAsync(header, cancellationToken) is { } reason)
            await engine.CancelChildAsync(header.InstanceId, header.Parent!, reason);
        else
            engine.Post(header.InstanceId, new WakeSignal());
        return true;
    }

    /// <summary>The reason of the parent's cancellation, if that had not reached this instance yet.</summary>
    private async Task<string?> CancelledParentAsync(InstanceHeader header, CancellationToken cancellationToken) =>
        header.Parent is { } parent
        && await engine.Store.FindHeaderAsync(parent, cancellationToken) is { State: WorkflowState.Cancelled } cancelled
            ? cancelled.Failure?.Message ?? "its parent was cancelled"
            : null;
}
