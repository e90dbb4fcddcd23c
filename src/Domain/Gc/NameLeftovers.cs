using MlOps.Domain.Monitoring;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving.Log;

namespace MlOps.Domain.Gc;

/// <summary>
/// What is kept by the name of a registered model, which must not be taken for that of another model which is called so later: log policy,
/// logged predictions, feedback, rollouts, monitor and reports. Alerts and batch predictions stay, as what happened.
/// </summary>
public sealed class NameLeftovers(LogPolicies policies, PredictionLog log, FeedbackStore feedback, Rollout.Rollouts rollouts, Monitors monitors)
{
    /// <summary>Removes it; safe to repeat.</summary>
    /// <param name="goOn">As of <see cref="ForgetModel"/>.</param>
    public async Task RemoveAsync(string model, Func<Task> goOn, CancellationToken cancellationToken)
    {
        // What was logged goes before the policy that says who may see what of it.
        await log.ForgetAsync(model, goOn, cancellationToken);
        await feedback.ForgetAsync(model, DateTimeOffset.MaxValue, goOn, cancellationToken);
        await goOn();
        await monitors.ForgetAsync(model, goOn, cancellationToken);
        await goOn();
        await rollouts.ForgetAsync(model, cancellationToken);
        await goOn();
        await policies.ForgetAsync(model, cancellationToken);
    }
}
