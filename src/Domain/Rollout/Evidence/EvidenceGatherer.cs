using System.Collections.Concurrent;
using MlOps.Domain.Serving;

namespace MlOps.Domain.Rollout.Evidence;

/// <summary>Gathers what is known of a step: from counters at each look, from the prediction log as often as its length allows.</summary>
internal sealed class EvidenceGatherer(RolloutSources sources)
{
    /// <summary>At the last step the champion has no traffic: it is compared by what it did before, from so long before the rollout.</summary>
    private static readonly TimeSpan ChampionHistory = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan OldestLog = TimeSpan.FromMinutes(10);

    private const int Remembered = 256;

    private readonly LoggedEvidence _logged = new(sources);
    private readonly ConcurrentDictionary<(string, int, RolloutMetric), (DateTimeOffset At, Comparison Seen)> _fromLog = new();

    public async Task<(RolloutEvidence Evidence, TrafficNumbers Canary, TrafficNumbers Champion)> GatherAsync(
        RolloutStatus own, int champion, CheckInput input, CancellationToken cancellationToken)
    {
        DateTimeOffset championSince = input.Percent < 100 ? input.Since : own.StartedAt - ChampionHistory;
        TrafficWindow canary = await sources.Stats.ReadAsync(own.Model, own.Version, input.Since, cancellationToken);
        TrafficWindow reference = await sources.Stats.ReadAsync(own.Model, champion, championSince, cancellationToken);
        IReadOnlyList<Guardrail> guardrails = own.Policy.AllGuardrails;
        var judge = new GuardrailJudge(own.Policy.Alpha / (guardrails.Count * RolloutStage.Of(own.Policy, watched: true).Count));
        var judged = new List<MetricEvidence>();
        foreach (Guardrail guardrail in guardrails)
        {
            Comparison seen = await CompareAsync(guardrail.Metric, guardrail.Max);
            long needed = guardrail.MinSamples ?? own.Policy.MinRequests;
            judged.Add(judge.Judge(guardrail, seen, needed, input.Kind == StageKind.Shadow ? needed : ChampionNeeds(needed, input.Percent)));
        }

        MetricEvidence? goal = input.Kind == StageKind.Test && own.Policy.Goal is { } wanted
            ? new GuardrailJudge(own.Policy.Alpha).Judge(wanted, await CompareAsync(wanted.Metric, 0), own.Policy.MinRequests)
            : null;
        return (new RolloutEvidence(judged, goal), TrafficNumbers.Of(canary), TrafficNumbers.Of(reference));

        async Task<Comparison> CompareAsync(RolloutMetric metric, double max) => MetricNames.IsOfLog(metric)
            ? await FromLogAsync(own, champion, metric, input, championSince, cancellationToken)
            : TrafficComparison.Of(metric, canary, reference, max, own.Policy.LatencyTolerance);
    }

    /// <summary>As many as come with the champion's share while the new version gathers its own; no more than that one needs, at least one.</summary>
    private static long ChampionNeeds(long needed, double percent) => Math.Clamp((long)Math.Floor(needed * (100 - percent) / Math.Max(percent, 0.01)), 1, needed);

    /// <summary>Reading a log takes as long as it is: after a fiftieth of the window it is read again.</summary>
    private async Task<Comparison> FromLogAsync(
        RolloutStatus own, int champion, RolloutMetric metric, CheckInput input, DateTimeOffset championSince, CancellationToken cancellationToken)
    {
        TimeSpan age = (input.Now - input.Since) / 50;
        if (_fromLog.TryGetValue((own.Id, input.Step, metric), out (DateTimeOffset At, Comparison Seen) known) && input.Now - known.At < (age < OldestLog ? age : OldestLog))
            return known.Seen;
        // At the last step the champion's rows are those of before; its window contains the new version's.
        DateTimeOffset from = championSince < input.Since ? championSince : input.Since;
        Comparison seen = await _logged.ReadAsync(metric, own.Model, own.Version, champion, from, input.Now, cancellationToken);
        if (_fromLog.Count >= Remembered)
            _fromLog.Clear();
        _fromLog[(own.Id, input.Step, metric)] = (input.Now, seen);
        return seen;
    }
}
