using Azure.Core;
using Azure.Data.Tables;
using Azure.Identity;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Configuration;

namespace MlOps.Azure.Storage;

/// <summary>
/// Where the storage account is and who asks, as Functions settings say it: a connection string under the name itself
/// (<c>UseDevelopmentStorage=true</c> for the emulator), or below it <c>accountName</c> or <c>blobServiceUri</c> and
/// <c>tableServiceUri</c>, with <c>credential</c> = <c>managedidentity</c> and <c>clientId</c>. In environment variables the parts
/// are joined by <c>__</c>. Without <c>credential</c> the machine's own sign-in is used (<see cref="DefaultAzureCredential"/>).
/// </summary>
public sealed class AzureConnection
{
    private readonly string? _connectionString;
    private readonly Uri? _blobs;
    private readonly Uri? _tables;
    private readonly TokenCredential? _credential;

    /// <param name="connectionString">With an account key, or <c>UseDevelopmentStorage=true</c>.</param>
    public AzureConnection(string connectionString) => _connectionString = connectionString;

    public AzureConnection(Uri blobs, Uri tables, TokenCredential credential) => (_blobs, _tables, _credential) = (blobs, tables, credential);

    /// <param name="configuration">Where the settings are.</param>
    /// <param name="name">Of the connection, <c>AzureWebJobsStorage</c> for that of the Functions host.</param>
    /// <exception cref="MlOpsException">Invalid <c>azure-connection</c>.</exception>
    public static AzureConnection Read(IConfiguration configuration, string name)
    {
        IConfigurationSection section = configuration.GetSection(name);
        string? connectionString = section.Value ?? configuration.GetConnectionString(name);
        return string.IsNullOrEmpty(connectionString)
            ? new AzureConnection(Service(section, "blob"), Service(section, "table"), Credential(section))
            : new AzureConnection(connectionString);
    }

    public TableServiceClient Tables(AzureStorageOptions options) => Tables(Configured(new TableClientOptions(), options));

    public BlobServiceClient Blobs(AzureStorageOptions options) => Blobs(Configured(new BlobClientOptions(), options));

    internal TableServiceClient Tables(TableClientOptions options) =>
        Checked(() => _credential is null ? new TableServiceClient(_connectionString, options) : new TableServiceClient(_tables, _credential, options));

    internal BlobServiceClient Blobs(BlobClientOptions options) =>
        Checked(() => _credential is null ? new BlobServiceClient(_connectionString, options) : new BlobServiceClient(_blobs, _credential, options));

    internal static T Configured<T>(T client, AzureStorageOptions options)
        where T : ClientOptions
    {
        client.Retry.Mode = RetryMode.Exponential;
        client.Retry.MaxRetries = options.Retries;
        client.Retry.Delay = options.RetryDelay;
        client.Retry.MaxDelay = options.MaxRetryDelay;
        client.Retry.NetworkTimeout = options.AttemptTimeout;
        client.AddPolicy(new Resends(), HttpPipelinePosition.PerRetry);
        return client;
    }

    private static Uri Service(IConfigurationSection section, string service)
    {
        string? text = section[$"{service}ServiceUri"] ?? (section["accountName"] is { Length: > 0 } account ? $"https://{account}.{service}.core.windows.net" : null);
        if (text is null)
            throw Invalid($"the setting '{section.Path}' is absent: give a connection string, or {section.Path}__accountName, or {section.Path}__{service}ServiceUri");
        return Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) ? uri : throw Invalid($"{section.Path}__{service}ServiceUri is '{text}': an absolute URI is needed");
    }

    private static TokenCredential Credential(IConfigurationSection section)
    {
        string? client = section["clientId"] is { Length: > 0 } id ? id : null;
        return section["credential"] switch
        {
            null or "" => new DefaultAzureCredential(new DefaultAzureCredentialOptions { ManagedIdentityClientId = client }),
            string kind when kind.Equals("managedidentity", StringComparison.OrdinalIgnoreCase) =>
                new ManagedIdentityCredential(client is null ? ManagedIdentityId.SystemAssigned : ManagedIdentityId.FromUserAssignedClientId(client)),
            string other => throw Invalid($"{section.Path}__credential is '{other}': only 'managedidentity' is known; leave it out for the sign-in of the machine"),
        };
    }

    private static T Checked<T>(Func<T> client)
    {
        try
        {
            return client();
        }
        catch (Exception e) when (e is FormatException or ArgumentException or InvalidOperationException)
        {
            // The SDK's own message may quote the string, and with it the key.
            throw Invalid("the storage connection string cannot be read: copy it whole from the account, or use 'UseDevelopmentStorage=true'");
        }
    }

    private static MlOpsException Invalid(string message) => MlOpsException.Invalid("azure-connection", message);
}
