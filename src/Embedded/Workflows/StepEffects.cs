using MlOps.Domain.Workflows;
using MlOps.Domain.Workflows.Replay;

namespace MlOps.Embedded.Workflows;

/// <summary>
/// Acts on journaled steps of one instance: runs activities, sets timers, calls sub-workflows. Each step is acted upon once a
/// generation, however often the run is loaded again.
/// </summary>
internal sealed class StepEffects(EngineCore engine, LiveInstance instance, CancellationToken ended)
{
    private readonly HashSet<int> _acted = [];
    private readonly Dictionary<int, IDisposable> _timers = [];
    private readonly List<Step> _retries = [];
    private InstanceHeader? _header;
    private CancellationTokenSource _generation = CancellationTokenSource.CreateLinkedTokenSource(ended);

    /// <summary>The run was loaded: outcomes not yet journaled will come again.</summary>
    public void Begin(InstanceHeader header)
    {
        _header = header;
        _retries.Clear();
    }

    public string KeyOf(Step step) => InstanceIds.StepKey(instance.InstanceId, _header!.Generation, step.Number);

    public void RetryLater(Step step) => _retries.Add(step);

    public void Act(IReadOnlyList<Step> asked)
    {
        foreach (Step step in asked)
        {
            if (!step.IsOpen)
                Forget(step);
            else if (_acted.Add(step.Number))
                Act(step);
        }

        foreach (Step step in _retries)
            StartAttempt(step);
        _retries.Clear();
    }

    /// <summary>Nothing of this generation is wanted any more.</summary>
    public void Withdraw()
    {
        foreach (IDisposable timer in _timers.Values)
            timer.Dispose();
        _timers.Clear();
        _acted.Clear();
        _retries.Clear();
        _generation.Cancel();
        _generation.Dispose();
        _generation = CancellationTokenSource.CreateLinkedTokenSource(ended);
    }

    public async Task CancelChildrenAsync(IEnumerable<Step> open, string reason)
    {
        foreach (Step step in open.Where(s => s.Kind == StepKind.Workflow))
            await engine.CancelChildAsync(step.Scheduled.Target!, instance.InstanceId, reason);
    }

    private void Act(Step step)
    {
        switch (step.Kind)
        {
            case StepKind.Activity:
                StartAttempt(step);
                break;
            case StepKind.Timer:
                string key = KeyOf(step);
                SetTimer(step, step.Scheduled.Due!.Value, () => Post(key, new(JournalKind.StepCompleted, default) { Step = step.Number }));
                break;
            case StepKind.Workflow:
                InstanceHeader parent = _header!;
                engine.Background.Start(() => engine.Children.CallAsync(instance, parent, step, KeyOf(step)));
                break;
        }
    }

    private void StartAttempt(Step step)
    {
        string key = KeyOf(step);
        if (step.RetryAt is { } due && due > engine.Time.GetUtcNow())
        {
            SetTimer(step, due, () => instance.TryPost(new RetrySignal(key, step.Number)));
            return;
        }

        var call = new ActivityCall(instance.InstanceId, step.Name, step.Scheduled.Data, key, step.Number, step.FailedAttempts + 1);
        engine.Activities.Start(call, e => Post(key, e), _generation.Token);
    }

    private void SetTimer(Step step, DateTimeOffset due, Action action)
    {
        Forget(step);
        _timers[step.Number] = engine.Timers.Add(due, action);
    }

    private void Forget(Step step)
    {
        if (_timers.Remove(step.Number, out IDisposable? timer))
            timer.Dispose();
    }

    private void Post(string key, JournalEvent e) => instance.TryPost(new OutcomeSignal(key, e));
}
