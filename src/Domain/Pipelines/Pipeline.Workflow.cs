using System.Globalization;
using MlOps.Domain.Pipelines.Reading;
using MlOps.Domain.Rollout;
using MlOps.Domain.Training;
using MlOps.Domain.Workflows;
using MlOps.Learning.Metrics;

namespace MlOps.Domain.Pipelines;

/// <summary>
/// Runs one pipeline document: data, schema, training, evaluation, gates, approval, registration, rollout, monitoring. It is pinned
/// to the document's digest, so editing a pipeline changes no run under way. Verdicts end it as completed, with the reason; only
/// what could not be done fails it, and a rerun goes on from there.
/// </summary>
/// <param name="version">
/// Older ones for runs that began with them. <see cref="First"/> does not look again at the champion after an approval, nor ends a
/// monitoring policy; up to <see cref="Second"/> each training is one execution of its activity.
/// </param>
public sealed class PipelineWorkflow(string version = PipelineWorkflow.Latest) : Workflow<PipelineInput, PipelineResult>
{
    public const string WorkflowName = "pipeline";
    public const string First = "1";
    public const string Second = "2";
    public const string Latest = "3";

    public override string Name => WorkflowName;

    public override string Version => version;

    public override async Task<PipelineResult> RunAsync(IWorkflowContext context, PipelineInput input)
    {
        var steps = new PipelineSteps(context);
        PipelineResult result = await new Run(context, input, steps).RunAsync();
        steps.SkipRest();
        if (!context.IsReplaying)
            PipelineMetrics.Ended(input.Pipeline, result.End);
        return result;
    }

    private sealed class Run(IWorkflowContext context, PipelineInput input, PipelineSteps steps)
    {
        private bool IsFirst => context.Version == First;

        private bool InPieces => context.Version is not (First or Second);

        public async Task<PipelineResult> RunAsync()
        {
            steps.Add(PipelineStepNames.Data);
            PreparedPipeline prepared = await steps.RunAsync(
                PipelineStepNames.Data, () => CallAsync<PreparedPipeline>(PipelineActivities.Prepare, input), p => $"{p.Dataset}, {p.Rows:N0} rows");
            steps.Add(PipelineStepNames.Of(prepared, monitor: !IsFirst || prepared.Monitored));
            SchemaOutcome schema = await steps.RunAsync(
                PipelineStepNames.Schema, () => CallAsync<SchemaOutcome>(PipelineActivities.CheckSchema, new StepInput(input, prepared.Dataset)), Describe);
            if (schema.Problems.Count > 0)
            {
                steps.Reject(PipelineStepNames.Schema);
                return new(PipelineEnd.SchemaFailed, $"{prepared.Dataset} breaks the schema: {string.Join("; ", schema.Problems)}") { Dataset = prepared.Dataset };
            }

            Candidate best = Best(await TrainAsync(prepared), prepared.Metric);
            PipelineResult result = await JudgeAsync(prepared, best);
            return result.End == PipelineEnd.Registered ? await DeployAsync(prepared, best, result) : result;
        }

        private async Task<List<Candidate>> TrainAsync(PreparedPipeline prepared)
        {
            var candidates = new List<Candidate>();
            for (int i = 0; i < prepared.Trainers.Count; i++)
            {
                string step = PipelineStepNames.Train(prepared.Trainers[i]);
                var train = new TrainInput(input, prepared.Dataset, i, context.NewGuid().ToString("N")) { Pieces = InPieces ? TrainingPieces.None : null };
                candidates.Add(await steps.RunAsync(
                    step,
                    () => TrainAsync(step, train),
                    c => Invariant($"{prepared.Metric} {c.Value:0.####} on the {(c.OnTrainingRows ? "training" : "validation")} rows")));
            }

            return candidates;
        }

        /// <summary>Piece after piece, each an execution of its own, so that none takes longer than the host allows. The pieces are counted, and so end.</summary>
        private async Task<Candidate> TrainAsync(string step, TrainInput train)
        {
            Candidate candidate = await CallAsync<Candidate>(PipelineActivities.Train, train);
            while (candidate.Unfinished is { } pieces)
            {
                steps.Note(step, Invariant($"iteration {pieces.Done:N0} of {pieces.Total:N0}, goes on in piece {pieces.Count + 1}"));
                candidate = await CallAsync<Candidate>(PipelineActivities.Train, train with { Pieces = pieces });
            }

            return candidate;
        }

        /// <summary>Evaluation, gates and approval. <see cref="PipelineEnd.Registered"/> here means: may be.</summary>
        private async Task<PipelineResult> JudgeAsync(PreparedPipeline prepared, Candidate best)
        {
            (PipelineResult result, int? champion) = await MeasureAsync(prepared, best);
            if (result.End != PipelineEnd.Registered || !prepared.NeedsApproval)
                return result;
            ApprovalDecision decision = await AskAsync(prepared);
            if (!decision.Approved)
                return result with { End = PipelineEnd.Refused, Reason = $"refused by {decision.By}{Because(decision.Reason)}" };
            return await MeasureAgainAsync(prepared, best, result with { Reason = decision.By }, champion);
        }

        private async Task<(PipelineResult Result, int? Champion)> MeasureAsync(PreparedPipeline prepared, Candidate best)
        {
            var evaluate = new EvaluateInput(input, prepared.Dataset, best);
            EvaluateOutcome evaluation = await steps.RunAsync(
                PipelineStepNames.Evaluate, () => CallAsync<EvaluateOutcome>(PipelineActivities.Evaluate, evaluate), e => Describe(prepared, best, e));
            GateOutcome gates = await steps.RunAsync(
                PipelineStepNames.Gates, () => CallAsync<GateOutcome>(PipelineActivities.CheckGates, evaluate), Describe);
            var result = new PipelineResult(PipelineEnd.Registered, "")
            {
                Dataset = prepared.Dataset,
                RunId = best.RunId,
                ModelDigest = best.ModelDigest,
                Metrics = evaluation.Metrics,
                Gates = gates.Verdicts,
            };
            if (!gates.Failed.Any())
                return (result, evaluation.Champion);
            steps.Reject(PipelineStepNames.Gates);
            return (result with { End = PipelineEnd.GateFailed, Reason = string.Join("; ", gates.Failed.Select(v => $"{v.Gate}: {v.Reason}")) }, evaluation.Champion);
        }

        /// <summary>The gates said yes to a champion that may have been replaced while the run waited: they are asked again until it is the one that stands.</summary>
        private async Task<PipelineResult> MeasureAgainAsync(PreparedPipeline prepared, Candidate best, PipelineResult approved, int? champion)
        {
            while (!IsFirst)
            {
                ChampionFound now = await CallAsync<ChampionFound>(PipelineActivities.FindChampion, new StepInput(input, prepared.Dataset));
                if (now.Version == champion)
                    break;
                (PipelineResult result, champion) = await MeasureAsync(prepared, best);
                if (result.End != PipelineEnd.Registered)
                    return result with { Reason = $"the champion changed while the run waited for approval; {result.Reason}" };
                approved = result with { Reason = approved.Reason };
            }

            return approved;
        }

        private async Task<ApprovalDecision> AskAsync(PreparedPipeline prepared)
        {
            ApprovalDecision decision = await steps.RunAsync(
                PipelineStepNames.Approval, () => WaitForApprovalAsync(prepared), d => $"{(d.Approved ? "approved" : "refused")} by {d.By}{Because(d.Reason)}", StepState.Waiting);
            if (!decision.Approved)
                steps.Reject(PipelineStepNames.Approval);
            return decision;
        }

        private async Task<ApprovalDecision> WaitForApprovalAsync(PreparedPipeline prepared)
        {
            if (prepared.ApprovalDeadline is not { } deadline)
                return await context.WaitForEventAsync<ApprovalDecision>(ApprovalDecision.EventName, CancellationToken.None);
            EventOrTimeout<ApprovalDecision> answer = await context.WaitForEventAsync<ApprovalDecision>(ApprovalDecision.EventName, deadline);
            return answer.TimedOut ? new(false, "the deadline", $"nobody answered within {YamlValues.ShowDuration(deadline)}") : answer.Payload!;
        }

        private async Task<PipelineResult> DeployAsync(PreparedPipeline prepared, Candidate best, PipelineResult result)
        {
            string by = prepared.NeedsApproval ? result.Reason : input.Trigger.By;
            RegisteredVersion version = await steps.RunAsync(
                PipelineStepNames.Register,
                () => CallAsync<RegisteredVersion>(PipelineActivities.Register, new RegisterInput(input, prepared.Dataset, best, result.Metrics, by)),
                v => $"{v.Model}/{v.Version}");
            result = result with { Model = version.Model, Version = version.Version, Reason = $"{version.Model}/{version.Version} is registered" };
            if (prepared.Rollout is not { } policy)
            {
                await MonitorAsync(prepared);
                return result;
            }

            RolloutOutcome outcome = await steps.RunAsync(
                PipelineStepNames.Rollout,
                () => context.CallWorkflowAsync<RolloutOutcome>("rollout", new RolloutInput(version.Model, version.Version, policy, by)),
                o => o.Reason,
                StepState.Waiting);
            return await FinishAsync(prepared, result, outcome);
        }

        private async Task<PipelineResult> FinishAsync(PreparedPipeline prepared, PipelineResult result, RolloutOutcome outcome)
        {
            if (outcome.State != RolloutState.Promoted)
            {
                steps.Reject(PipelineStepNames.Rollout);
                return result with { End = outcome.State == RolloutState.RolledBack ? PipelineEnd.RolledBack : PipelineEnd.Aborted, Reason = outcome.Reason };
            }

            await MonitorAsync(prepared);
            return result with { End = PipelineEnd.Promoted, Reason = $"{result.Model}/{result.Version} is the champion: {outcome.Reason}" };
        }

        private async Task MonitorAsync(PreparedPipeline prepared)
        {
            if (IsFirst && !prepared.Monitored)
                return;
            await steps.RunAsync(
                PipelineStepNames.Monitor, () => CallAsync<MonitorSet>(PipelineActivities.SetMonitor, new MonitorInput(input)), Describe);
        }

        private Task<T> CallAsync<T>(string activity, object message) => context.CallActivityAsync<T>(activity, message, RetryPolicy.Default);

        private static Candidate Best(List<Candidate> candidates, string metric)
        {
            MetricInfo info = MetricCatalog.Get(metric);
            Candidate best = candidates[0];
            foreach (Candidate candidate in candidates.Skip(1))
            {
                if (candidate.Value is { } value && (best.Value is not { } champion || info.Gain(value, champion) > 0))
                    best = candidate;
            }

            return best;
        }

        private static string Describe(SchemaOutcome schema) => schema.Problems.Count == 0 ? "all checks hold" : string.Join("; ", schema.Problems);

        private static string Describe(PreparedPipeline prepared, Candidate best, EvaluateOutcome evaluation)
        {
            double? value = evaluation.Metrics.TryGetValue(prepared.Metric, out double v) ? v : null;
            return Invariant($"{best.Trainer}: {prepared.Metric} {value:0.####} on {evaluation.Rows:N0} test rows{DescribeChampion(evaluation)}");
        }

        private static string DescribeChampion(EvaluateOutcome evaluation) => evaluation switch
        {
            { Champion: null } => "",
            { Unmeasured: { } reason } => Invariant($"; champion (version {evaluation.Champion}) cannot be compared: {reason}"),
            { ComparedRows: { } rows } when rows < evaluation.Rows =>
                Invariant($"; on the {rows:N0} of them that are new to the champion (version {evaluation.Champion}) {evaluation.ComparedValue:0.####}, the champion {evaluation.ChampionValue:0.####}"),
            _ => Invariant($"; champion (version {evaluation.Champion}) {evaluation.ChampionValue:0.####}"),
        };

        private static string Describe(GateOutcome gates)
        {
            int failed = gates.Failed.Count();
            return failed == 0 ? $"{gates.Verdicts.Count} of {gates.Verdicts.Count} passed" : string.Join("; ", gates.Failed.Select(v => v.Reason));
        }

        private static string Describe(MonitorSet set) => set.Removed
            ? "no longer watched: the file has no 'monitoring'"
            : $"drift {(set.Drift ? "on" : "off")}, performance {(set.Performance ? "on" : "off")}";

        private static string Because(string? reason) => reason is null ? "" : $": {reason}";

        private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
    }
}
