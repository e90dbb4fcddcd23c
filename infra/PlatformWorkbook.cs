using System.Security.Cryptography;
using System.Text;
using Pulumi.AzureNative.ApplicationInsights;

namespace MlOps.Infra;

/// <summary>The platform's own numbers on one page in the portal.</summary>
internal sealed class PlatformWorkbook
{
    public PlatformWorkbook(ResourceGroup group, Observability observed, StackSettings settings)
    {
        _ = new Workbook("platform", new WorkbookArgs
        {
            ResourceGroupName = group.Name,
            ResourceName = NameFor(settings.Environment),
            Category = "workbook",
            Kind = "shared",
            DisplayName = $"MlOps {settings.Environment}",
            SourceId = observed.Workspace.Id,
            SerializedData = observed.Workspace.Id.Apply(WorkbookContent.For),
        });
    }

    /// <summary>A workbook's name must be a GUID; the same stack must always give the same.</summary>
    private static string NameFor(string environment) =>
        new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"mlops-workbook-{environment}")).AsSpan(0, 16)).ToString();
}
