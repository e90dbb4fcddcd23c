using Azure.Identity;
using MlOps.Azure.Storage;

namespace MlOps.CloudCli;

/// <summary>What people write for a storage account.</summary>
internal static class AccountName
{
    /// <param name="storage">
    /// <c>azurite</c> for the emulator on its usual ports, an account's name (with the machine's sign-in, such as that of <c>az login</c>),
    /// or a connection string.
    /// </param>
    /// <exception cref="MlOpsException">Invalid <c>azure-connection</c>.</exception>
    public static AzureConnection Connection(string storage) => storage switch
    {
        "azurite" => new AzureConnection("UseDevelopmentStorage=true"),
        _ when storage.Contains('=', StringComparison.Ordinal) => new AzureConnection(storage),
        _ when IsName(storage) => new AzureConnection(Service(storage, "blob"), Service(storage, "table"), new DefaultAzureCredential()),
        _ => throw MlOpsException.Invalid(
            "azure-connection", $"'{storage}' is no storage account: write 'azurite', an account's name (3 to 24 of a-z and 0-9), or a connection string"),
    };

    private static bool IsName(string text) => text.Length is >= 3 and <= 24 && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c));

    private static Uri Service(string account, string service) => new($"https://{account}.{service}.core.windows.net");
}
