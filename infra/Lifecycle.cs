using Pulumi.AzureNative.Storage.Inputs;

namespace MlOps.Infra;

/// <summary>
/// What becomes cheaper or goes by itself. Only what the platform never looks at again is deleted; what it may still read changes
/// its tier, since a cooler blob answers as a hot one does.
/// </summary>
internal static class Lifecycle
{
    private const int DaysHot = 30;
    private const int DaysCool = 180;
    private const int DaysOfDeadLetters = 30;

    public static ManagementPolicySchemaArgs For(StackSettings settings) => new()
    {
        Rules =
        {
            Rule("old-versions", [], new ManagementPolicyActionArgs
            {
                Version = new ManagementPolicyVersionArgs { Delete = new DateAfterCreationArgs { DaysAfterCreationGreaterThan = settings.VersionRetentionDays } },
            }),
            Rule("cool-predictions", [StorageNames.Predictions + "/"], new ManagementPolicyActionArgs
            {
                BaseBlob = new ManagementPolicyBaseBlobArgs { TierToCool = After(DaysHot), TierToCold = After(DaysCool) },
            }),
            Rule("dead-letters", [StorageNames.DeadLetters + "/"], new ManagementPolicyActionArgs
            {
                BaseBlob = new ManagementPolicyBaseBlobArgs { Delete = After(DaysOfDeadLetters) },
            }),
        },
    };

    private static DateAfterModificationArgs After(int days) => new() { DaysAfterModificationGreaterThan = days };

    private static ManagementPolicyRuleArgs Rule(string name, string[] prefixes, ManagementPolicyActionArgs actions) => new()
    {
        Name = name,
        Enabled = true,
        Type = "Lifecycle",
        Definition = new ManagementPolicyDefinitionArgs
        {
            Actions = actions,
            Filters = new ManagementPolicyFilterArgs { BlobTypes = { "blockBlob" }, PrefixMatch = prefixes },
        },
    };
}
