namespace MlOps.Domain.Rollout.Steps;

/// <summary>Stores what people told a rollout to do.</summary>
internal sealed class RolloutNotes(RolloutTable table, TimeProvider time)
{
    public async Task<bool> NoteAsync(string id, CommandInput input, CancellationToken cancellationToken)
    {
        RolloutCommand command = input.Command;
        string reason = command.Reason is null ? $"{command.Action} by {command.By}" : $"{command.Action} by {command.By}: {command.Reason}";
        await table.AddAsync(input.Model, id, new RolloutDecision(input.Sequence, time.GetUtcNow(), RolloutDecisionKind.Commanded, input.Step, input.Percent, reason, By: command.By), cancellationToken);
        // A rollout that waits for the end of a freeze is not checked, and would not show it.
        if (command.Action == RolloutAction.Pause)
            await table.ChangeAsync(input.Model, id, r => r with { State = RolloutState.Paused, Reason = $"paused by {command.By}", UpdatedAt = time.GetUtcNow() }, cancellationToken);
        return true;
    }
}
