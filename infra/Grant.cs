using Pulumi;
using Pulumi.AzureNative.Authorization;

namespace MlOps.Infra;

/// <summary>Gives an identity one role on one resource.</summary>
internal static class Grant
{
    public static RoleAssignment To(Input<string> principal, string name, string role, Input<string> scope) => new(name, new RoleAssignmentArgs
    {
        PrincipalId = principal,
        PrincipalType = "ServicePrincipal",
        RoleDefinitionId = Output.Format($"/subscriptions/{GetClientConfig.Invoke().Apply(c => c.SubscriptionId)}/providers/Microsoft.Authorization/roleDefinitions/{role}"),
        Scope = scope,
    });
}
