using MlOps.Domain.Workflows;

namespace MlOps.Domain.Pipelines;

/// <summary>Keeps the list of steps in the workflow's status. Part of the workflow: deterministic, its times are the context's.</summary>
internal sealed class PipelineSteps(IWorkflowContext context)
{
    // A status has 16 KB for all steps.
    private const int SummaryChars = 300;

    private readonly List<PipelineStep> _steps = [];

    public void Add(params IEnumerable<string> names)
    {
        _steps.AddRange(names.Select(n => new PipelineStep(n)));
        Publish();
    }

    public async Task<T> RunAsync<T>(string name, Func<Task<T>> run, Func<T, string> summary, StepState during = StepState.Running)
    {
        Set(name, s => s with { State = during, StartedAt = context.UtcNow, EndedAt = null, Summary = null });
        try
        {
            T result = await run();
            Set(name, s => s with { State = StepState.Succeeded, EndedAt = context.UtcNow, Summary = Cut(summary(result)) });
            return result;
        }
        catch (WorkflowStepException e)
        {
            Set(name, s => s with { State = StepState.Failed, EndedAt = context.UtcNow, Summary = Cut(e.Failure.Message) });
            throw;
        }
    }

    /// <summary>How far a step under way has come.</summary>
    public void Note(string name, string progress) => Set(name, s => s with { Summary = Cut(progress) });

    /// <summary>The step did its work, and the verdict is no.</summary>
    public void Reject(string name) => Set(name, s => s with { State = StepState.Failed });

    public void SkipRest()
    {
        for (int i = 0; i < _steps.Count; i++)
        {
            if (_steps[i].State == StepState.Pending)
                _steps[i] = _steps[i] with { State = StepState.Skipped };
        }

        Publish();
    }

    private void Set(string name, Func<PipelineStep, PipelineStep> change)
    {
        int i = _steps.FindIndex(s => s.Name == name);
        _steps[i] = change(_steps[i]);
        Publish();
    }

    private void Publish() => context.SetStatus(new PipelineStatus([.. _steps]));

    private static string Cut(string text) => text.Length <= SummaryChars ? text : text[..(SummaryChars - 3)] + "...";
}
