using MlOps.Domain.Rollout.Evidence;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Rollout;

/// <summary>One generation of a rollout's workflow. Deterministic: decisions come from activities and events only.</summary>
internal sealed class RolloutRun(IWorkflowContext context, RolloutInput input)
{
    public const string CommandEvent = "rollout-command";

    /// <summary>Checks after which the workflow continues as new, to keep its history short.</summary>
    private const int ChecksPerGeneration = 200;

    /// <summary>How often a rollout that is paused before its first step looks whether another took over.</summary>
    private static readonly TimeSpan PausedLook = TimeSpan.FromMinutes(1);

    /// <summary>Traffic must get back to the champion even if the store is away for an hour.</summary>
    private static readonly RetryPolicy Stubborn = new(100, TimeSpan.FromSeconds(1), 2, TimeSpan.FromMinutes(1));

    private readonly RolloutPolicy _policy = input.Policy;
    private RolloutProgress _progress = input.Progress ?? new(null, default, 0, false, default, false, 0);
    private IReadOnlyList<RolloutStage> _stages = [];
    private Task<RolloutCommand>? _command;

    private RolloutStage Stage => _stages.Count > _progress.Step ? _stages[_progress.Step] : new RolloutStage(100);

    /// <summary>The stage whose traffic the version has now: while a step is not entered, that of the step before.</summary>
    private RolloutStage StageNow => _progress.Entered ? Stage : _progress.Step == 0 ? new RolloutStage(0) : _stages[_progress.Step - 1];

    /// <summary>Whether the rollout began when holds were stored by cause, doubt had to settle, and a pause held the first step.</summary>
    private bool IsThird => context.Version is not (RolloutWorkflow.First or RolloutWorkflow.Second);

    /// <summary>The version that is to take all traffic: of a bandit's several new ones the winner, once it is known.</summary>
    private int Version => _progress.Winner ?? input.Version;

    private double PercentNow => _progress.Percent ?? StageNow.Percent;

    private bool Watches => _progress.Champion is not null && RolloutStage.IsWatched(_policy);

    public async Task<RolloutOutcome> RunAsync()
    {
        if (input.Progress is null && await BeginAsync() is { } ended)
            return Outcome(ended);
        _stages = RolloutStage.Of(_policy, Watches);
        while (_progress.Step < _stages.Count)
        {
            if (await StepAsync() is { } turn)
                return turn.End is { } end ? Outcome(end) : ContinueAsNew();
            _progress = _progress with { Step = _progress.Step + 1, Entered = false, Since = context.UtcNow, PausedFor = default, Held = false, HeldBy = null, Doubted = null };
        }

        _progress = _progress with { Step = _stages.Count - 1, Entered = true };
        return Outcome(await EndAsync(RolloutState.Promoted, Watches ? "all steps passed" : "rolled out at once", input.By));
    }

    /// <summary>After a step failed for good: the champion gets the traffic. Null: the rollout never began, the failure is the caller's.</summary>
    public async Task<RolloutOutcome?> GiveUpAsync(WorkflowStepException failure)
    {
        var end = new EndInput(input.Model, input.Version, RolloutState.RolledBack, $"step '{failure.Step}' failed: {failure.Failure.Message}", null, _progress.Step, 0, _progress.Decisions);
        EndResult result = await context.CallActivityAsync<EndResult>(RolloutActivities.End, end, Stubborn);
        return result.End is null ? null : Outcome(result.End);
    }

    private async Task<RolloutEnd?> BeginAsync()
    {
        BeginResult begun = await context.CallActivityAsync<BeginResult>(RolloutActivities.Begin, input, RetryPolicy.Default);
        _progress = _progress with { Champion = begun.Champion, StartedAt = begun.StartedAt, Since = context.UtcNow };
        return begun.End;
    }

    /// <summary>Null when the step passed; else how the rollout ended, or that the workflow continues as new.</summary>
    private async Task<Turn?> StepAsync()
    {
        if (!_progress.Entered)
        {
            bool asks = Stage.Percent >= 100 && _policy.Approval == RolloutApproval.Manual && !_progress.Approved;
            if (asks && await WatchAsync(awaitsApproval: true) is { } turn)
                return turn;
            if (await EnterAsync() is { } ended)
                return ended;
        }

        return Watches ? await WatchAsync(awaitsApproval: false) : null;
    }

    /// <summary>Gives the version the stage's share; waits for the end of a freeze window before, and listens for commands meanwhile.</summary>
    private async Task<Turn?> EnterAsync()
    {
        while (true)
        {
            if (IsThird && await ResumedAsync() is { } left)
                return left;
            IReadOnlyList<BanditArm>? arms = Stage.Kind == StageKind.Bandit ? BanditShares.Begin(_policy, input.Version) : null;
            var share = new ShareInput(input.Model, Version, _progress.Step, Stage.Percent, _progress.Decisions, Stage.Kind, Arms: arms);
            ShareResult result = await context.CallActivityAsync<ShareResult>(RolloutActivities.Share, share, RetryPolicy.Default);
            if (result.FrozenUntil is not { } until)
            {
                NextDecision();
                _progress = _progress with { Entered = true, Since = result.Since, PausedFor = default, PausedAt = result.Since, Held = false, Percent = null, Turns = 0, HeldBy = null, Doubted = null, Arms = arms };
                return result.End is { } end ? new Turn(end) : null;
            }

            if (await NextCommandAsync(until - context.UtcNow) is { } command && await ObeyAsync(command) is { } commanded)
                return new Turn(commanded);
        }
    }

    /// <summary>Listens for commands as long as the rollout is paused, and looks whether another took over; null when it goes on.</summary>
    private async Task<Turn?> ResumedAsync()
    {
        for (int look = 0; _progress.PausedBy is not null; look++)
        {
            if (look >= ChecksPerGeneration && _command is not { IsCompleted: true })
                return Turn.AsNew;
            RolloutCommand? command = await NextCommandAsync(PausedLook);
            if (await (command is null ? StandingAsync() : ObeyAsync(command)) is { } ended)
                return new Turn(ended);
        }

        return null;
    }

    private async Task<RolloutEnd?> StandingAsync()
    {
        var look = new ShareInput(input.Model, Version, _progress.Step, PercentNow, _progress.Decisions, Stage.Kind, LooksOnly: true);
        return (await context.CallActivityAsync<ShareResult>(RolloutActivities.Share, look, RetryPolicy.Default)).End;
    }

    /// <summary>Checks every few seconds and listens for commands until the step passes or the rollout ends.</summary>
    private async Task<Turn?> WatchAsync(bool awaitsApproval)
    {
        for (int check = 0; ; check++)
        {
            if (check >= ChecksPerGeneration && _command is not { IsCompleted: true })
                return Turn.AsNew;
            if (await NextCommandAsync(Interval()) is { } command && await ObeyAsync(command) is { } commanded)
                return new Turn(commanded);
            CheckResult result = await CheckAsync(awaitsApproval);
            if (result.End is not null)
                return new Turn(result.End);
            if (result.Verdict == RolloutVerdict.Wait || IsHeld(result))
            {
                if (await FollowAsync(result, awaitsApproval) is { } taken)
                    return new Turn(taken);
                continue;
            }

            NextDecision();
            if (result.Verdict == RolloutVerdict.Pass && _command is { IsCompleted: true })
                continue; // a command that came during the check is obeyed before the next step
            if (result.Verdict == RolloutVerdict.Pass)
            {
                _progress = _progress with { Winner = result.Evidence?.Bandit?.Winner ?? _progress.Winner };
                return null;
            }

            return new Turn(await EndAsync(RolloutState.RolledBack, result.Reason, null));
        }
    }

    /// <summary>Gives a bandit the share that its rewards ask for.</summary>
    private async Task<RolloutEnd?> FollowAsync(CheckResult result, bool awaitsApproval)
    {
        if (!awaitsApproval && _progress.Arms is { } now && result.Evidence?.Bandit?.Arms is { } wanted)
            return BanditShares.Next(now, wanted, _progress.PausedBy is not null) is { } next ? await FollowAsync(result.Evidence.Bandit, next) : null;
        if (awaitsApproval || _progress.PausedBy is not null || result.Evidence?.Bandit is not { } bandit || Math.Abs(bandit.Percent - PercentNow) < BanditShares.LeastTurn)
            return null;
        _progress = _progress with { Turns = _progress.Turns + 1, Percent = bandit.Percent };
        var share = new ShareInput(input.Model, input.Version, _progress.Step, bandit.Percent, NextDecision(), Stage.Kind, _progress.Turns, Bandit: bandit);
        return (await context.CallActivityAsync<ShareResult>(RolloutActivities.Share, share, RetryPolicy.Default)).End;
    }

    private async Task<RolloutEnd?> FollowAsync(BanditEvidence bandit, IReadOnlyList<BanditArm> next)
    {
        _progress = _progress with { Turns = _progress.Turns + 1, Percent = Math.Round(next.Sum(a => a.Percent), 2), Arms = next };
        var share = new ShareInput(input.Model, Version, _progress.Step, PercentNow, NextDecision(), Stage.Kind, _progress.Turns, Arms: next, Bandit: bandit);
        return (await context.CallActivityAsync<ShareResult>(RolloutActivities.Share, share, RetryPolicy.Default)).End;
    }

    private async Task<CheckResult> CheckAsync(bool awaitsApproval)
    {
        var check = new CheckInput(
            input.Model, Version, _progress.Step, PercentNow, _progress.Since, context.UtcNow, awaitsApproval, _progress.Approved, _progress.Decisions,
            context.Version != RolloutWorkflow.First, StageNow.Kind, _progress.PausedBy, PausedFor, _progress.Held, IsThird ? _progress.HeldBy ?? [] : null, _progress.Doubted, _progress.Turns, awaitsApproval ? null : _progress.Arms);
        CheckResult result = await context.CallActivityAsync<CheckResult>(RolloutActivities.Check, check, RetryPolicy.Default);
        if (IsThird && StageJudge.IsInDoubt(result.Evidence))
            _progress = _progress with { Doubted = check.Elapsed() };
        context.SetStatus(new { percent = PercentNow, result.Reason, result.Canary, result.Champion });
        return result;
    }

    /// <summary>A hold is stored when it begins: the first one of a step takes a number, or of each cause.</summary>
    private bool IsHeld(CheckResult result)
    {
        if (result.Verdict != RolloutVerdict.Hold)
            return false;
        IReadOnlyList<string> known = _progress.HeldBy ?? [];
        if (IsThird ? !known.Contains(result.Cause ?? "") : !_progress.Held)
            NextDecision();
        _progress = _progress with { Held = true, HeldBy = IsThird ? [.. known.Append(result.Cause ?? "").Distinct()] : null };
        return true;
    }

    private TimeSpan PausedFor => _progress.PausedFor + (_progress.PausedBy is null ? TimeSpan.Zero : context.UtcNow - _progress.PausedAt);

    private async Task<RolloutEnd?> ObeyAsync(RolloutCommand command)
    {
        var note = new CommandInput(input.Model, command, _progress.Step, PercentNow, NextDecision());
        await context.CallActivityAsync<bool>(RolloutActivities.Note, note, RetryPolicy.Default);
        string reason = command.Reason is null ? $"by {command.By}" : $"by {command.By}: {command.Reason}";
        switch (command.Action)
        {
            case RolloutAction.Promote:
                if (_progress is { Winner: null, Arms: { } arms })
                    _progress = _progress with { Winner = BanditShares.Likeliest(arms, input.Version) };
                return await EndAsync(RolloutState.Promoted, $"promoted {reason}", command.By);
            case RolloutAction.Rollback:
                return await EndAsync(RolloutState.RolledBack, $"rolled back {reason}", command.By);
            case RolloutAction.Abort:
                return await EndAsync(RolloutState.Aborted, $"aborted {reason}", command.By);
            case RolloutAction.Approve:
                _progress = _progress with { Approved = true };
                return null;
            default:
                Pause(command);
                return null;
        }
    }

    private void Pause(RolloutCommand command)
    {
        if (command.Action == RolloutAction.Resume)
            _progress = _progress with { PausedFor = PausedFor, PausedBy = null, Held = false, HeldBy = null };
        else if (_progress.PausedBy is null)
            _progress = _progress with { PausedBy = command.By, PausedAt = context.UtcNow, Held = false, HeldBy = null };
    }

    private async Task<RolloutEnd> EndAsync(RolloutState state, string reason, string? by)
    {
        var end = new EndInput(input.Model, Version, state, reason, by, _progress.Step, PercentNow, NextDecision());
        EndResult result = await context.CallActivityAsync<EndResult>(RolloutActivities.End, end, Stubborn);
        return result.End ?? new RolloutEnd(state, reason);
    }

    /// <summary>The next command, or null when none comes within the time.</summary>
    private async Task<RolloutCommand?> NextCommandAsync(TimeSpan within)
    {
        _command ??= context.WaitForEventAsync<RolloutCommand>(CommandEvent, CancellationToken.None);
        using var withdraw = new CancellationTokenSource();
        Task due = context.CreateTimerAsync(context.UtcNow + within, withdraw.Token);
        if (await Task.WhenAny(_command, due) == due)
            return null;
        withdraw.Cancel();
        RolloutCommand command = await _command;
        _command = null;
        return command;
    }

    /// <summary>Short bakes are looked at more often, so that they do not take longer than asked for.</summary>
    private TimeSpan Interval()
    {
        TimeSpan quarter = _policy.StageBake / 4;
        TimeSpan least = TimeSpan.FromMilliseconds(500);
        TimeSpan wanted = quarter < least ? least : quarter;
        return wanted < _policy.CheckEvery ? wanted : _policy.CheckEvery;
    }

    private RolloutOutcome ContinueAsNew()
    {
        context.ContinueAsNew(input with { Progress = _progress });
        return Outcome(new RolloutEnd(RolloutState.Running, "continued as new"));
    }

    private int NextDecision()
    {
        int sequence = _progress.Decisions;
        _progress = _progress with { Decisions = sequence + 1 };
        return sequence;
    }

    private RolloutOutcome Outcome(RolloutEnd end) => new(end.State, end.Reason, context.InstanceId, input.Model, Version, _progress.Champion);

    /// <summary>A step that did not simply pass.</summary>
    private sealed record Turn(RolloutEnd? End)
    {
        public static readonly Turn AsNew = new((RolloutEnd?)null);
    }
}
