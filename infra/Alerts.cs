using Pulumi.AzureNative.Monitor;
using Pulumi.AzureNative.Monitor.Inputs;
// Its inputs have one of that name as well.
using ActionGroupArgs = Pulumi.AzureNative.Monitor.ActionGroupArgs;

namespace MlOps.Infra;

/// <summary>Who is told, and of what.</summary>
internal sealed class Alerts
{
    private readonly ResourceGroup _group;
    private readonly Observability _observed;

    public Alerts(ResourceGroup group, Observability observed, Ingestion ingestion, StackSettings settings)
    {
        (_group, _observed) = (group, observed);
        Operators = new ActionGroup("operators", new ActionGroupArgs
        {
            ResourceGroupName = group.Name,
            Location = "Global",
            GroupShortName = "mlops",
            Enabled = true,
            EmailReceivers = [.. settings.AlertEmails.Select(Receiver)],
        });
        foreach (QueryAlert alert in AlertCatalog.For(settings))
            Rule(alert);
        DeadLetters(ingestion);
    }

    public ActionGroup Operators { get; }

    private static MicrosoftCommonEmailReceiverArgs Receiver(string address) =>
        new() { Name = address, EmailAddress = address, UseCommonAlertSchema = true };

    // Raised until a quarter of an hour without a row: what lies in three evaluations' windows is told once, not three times.
    private void Rule(QueryAlert alert) => _ = new ScheduledQueryRule(alert.Name, new ScheduledQueryRuleArgs
    {
        ResourceGroupName = _group.Name,
        Kind = "LogAlert",
        DisplayName = alert.Title,
        Description = alert.Advice,
        Enabled = true,
        Severity = alert.Severity,
        Scopes = { _observed.Workspace.Id },
        EvaluationFrequency = "PT5M",
        WindowSize = alert.Window,
        AutoMitigate = true,
        // A table that nothing was written to yet is unknown to the workspace.
        SkipQueryValidation = true,
        Criteria = new ScheduledQueryRuleCriteriaArgs
        {
            AllOf =
            {
                new ConditionArgs
                {
                    Query = alert.Query,
                    TimeAggregation = "Count",
                    Operator = "GreaterThan",
                    Threshold = 0,
                    Dimensions = [.. DimensionsOf(alert)],
                    FailingPeriods = new ConditionFailingPeriodsArgs { NumberOfEvaluationPeriods = 1, MinFailingPeriodsToAlert = 1 },
                },
            },
        },
        Actions = new ActionsArgs { ActionGroups = { Operators.Id } },
    });

    private static DimensionArgs[] DimensionsOf(QueryAlert alert) =>
        alert.ByModel ? [new DimensionArgs { Name = QueryAlert.Model, Operator = "Include", Values = { "*" } }] : [];

    /// <summary>The other way for uploads to stop: Event Grid gives up delivering them.</summary>
    private void DeadLetters(Ingestion ingestion) => _ = new MetricAlert("dead-letters", new MetricAlertArgs
    {
        ResourceGroupName = _group.Name,
        Location = "global",
        Description = $"Uploads did not reach the queue; the events lie in the container {StorageNames.DeadLetters}.",
        Enabled = true,
        Severity = 1,
        Scopes = { ingestion.Topic.Id },
        EvaluationFrequency = "PT5M",
        WindowSize = "PT15M",
        AutoMitigate = true,
        Criteria = new MetricAlertSingleResourceMultipleMetricCriteriaArgs
        {
            OdataType = "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria",
            AllOf =
            {
                new MetricCriteriaArgs
                {
                    CriterionType = "StaticThresholdCriterion",
                    Name = "dead-lettered",
                    MetricNamespace = "Microsoft.EventGrid/systemTopics",
                    MetricName = "DeadLetteredCount",
                    TimeAggregation = "Total",
                    Operator = "GreaterThan",
                    Threshold = 0,
                },
            },
        },
        Actions = { new MetricAlertActionArgs { ActionGroupId = Operators.Id } },
    });
}
