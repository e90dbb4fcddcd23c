using System.Globalization;
using Pulumi;
using Pulumi.AzureNative.Consumption;
using Pulumi.AzureNative.Consumption.Inputs;

namespace MlOps.Infra;

/// <summary>Tells people before the bill does. A budget stops nothing.</summary>
internal sealed class SpendingBudget
{
    private readonly Alerts _alerts;
    private readonly StackSettings _settings;

    public SpendingBudget(ResourceGroup group, Alerts alerts, StackSettings settings)
    {
        (_alerts, _settings) = (alerts, settings);
        _ = new Budget("budget", new BudgetArgs
        {
            Scope = group.Id,
            BudgetName = $"mlops-{settings.Environment}",
            Category = "Cost",
            Amount = settings.MonthlyBudget,
            TimeGrain = "Monthly",
            TimePeriod = new BudgetTimePeriodArgs { StartDate = FirstOfThisMonth() },
            Notifications =
            {
                ["used80"] = Notice(80, "Actual"),
                ["used100"] = Notice(100, "Actual"),
                ["forecast100"] = Notice(100, "Forecasted"),
            },
        }, new CustomResourceOptions { IgnoreChanges = { "timePeriod" } });
    }

    /// <summary>Azure takes no earlier month when the budget is made; afterwards the period is left as it is.</summary>
    private static string FirstOfThisMonth() =>
        TimeProvider.System.GetUtcNow().ToString("yyyy-MM-01'T'00:00:00'Z'", CultureInfo.InvariantCulture);

    private NotificationArgs Notice(double percent, string kind) => new()
    {
        Enabled = true,
        Operator = "GreaterThanOrEqualTo",
        Threshold = percent,
        ThresholdType = kind,
        ContactEmails = [.. _settings.AlertEmails],
        ContactGroups = { _alerts.Operators.Id },
    };
}
