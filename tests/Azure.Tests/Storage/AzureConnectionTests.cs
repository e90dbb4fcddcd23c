using Microsoft.Extensions.Configuration;
using MlOps.Azure.Storage;

namespace MlOps.Azure.Tests.Storage;

public sealed class AzureConnectionTests
{
    private static readonly AzureStorageOptions Options = new();

    [Fact]
    public void Read_DevelopmentStorage_IsTheEmulator()
    {
        AzureConnection connection = Read(("Storage", "UseDevelopmentStorage=true"));

        Assert.Equal("http://127.0.0.1:10000/devstoreaccount1", connection.Blobs(Options).Uri.ToString().TrimEnd('/'));
        Assert.Equal("devstoreaccount1", connection.Tables(Options).AccountName);
    }

    [Fact]
    public void Read_ConnectionStringsSection_IsReadToo() =>
        Assert.Equal("devstoreaccount1", Read(("ConnectionStrings:Storage", "UseDevelopmentStorage=true")).Blobs(Options).AccountName);

    [Theory]
    [InlineData(null, null)]
    [InlineData("managedidentity", null)]
    [InlineData("ManagedIdentity", "11111111-1111-1111-1111-111111111111")]
    public void Read_AccountName_IsThePublicCloud(string? credential, string? clientId)
    {
        AzureConnection connection = Read(("Storage:accountName", "acme"), ("Storage:credential", credential), ("Storage:clientId", clientId));

        Assert.Equal("https://acme.blob.core.windows.net/", connection.Blobs(Options).Uri.ToString());
        Assert.Equal("https://acme.table.core.windows.net", connection.Tables(Options).Uri.ToString().TrimEnd('/'));
    }

    [Fact]
    public void Read_ServiceUris_WinOverTheAccountName()
    {
        AzureConnection connection = Read(
            ("Storage:accountName", "acme"), ("Storage:blobServiceUri", "https://b.example/"), ("Storage:tableServiceUri", "https://t.example/"));

        Assert.Equal(("b.example", "t.example"), (connection.Blobs(Options).Uri.Host, connection.Tables(Options).Uri.Host));
    }

    [Theory]
    [InlineData("Storage:other", "x", "Storage__accountName")]
    [InlineData("Storage:blobServiceUri", "not a uri", "blobServiceUri")]
    [InlineData("Storage:blobServiceUri", "https://b.example/", "Storage__tableServiceUri")]
    public void Read_Incomplete_SaysWhichSetting(string name, string value, string named)
    {
        MlOpsException refused = Assert.Throws<MlOpsException>(() => Read((name, value)));

        Assert.Equal((ErrorKind.Invalid, "azure-connection"), (refused.Kind, refused.Code));
        Assert.Contains(named, refused.Message);
    }

    [Fact]
    public void Read_UnknownCredential_IsInvalid()
    {
        MlOpsException refused = Assert.Throws<MlOpsException>(() => Read(("Storage:accountName", "acme"), ("Storage:credential", "password")));

        Assert.Contains("'password'", refused.Message);
    }

    [Theory]
    [InlineData("hunter2")]
    [InlineData("AccountName=acme;AccountKey=hunter2")]
    public void Connect_BrokenConnectionString_KeepsTheKeyToItself(string text)
    {
        MlOpsException refused = Assert.Throws<MlOpsException>(() => Read(("Storage", text)).Blobs(Options));

        Assert.Equal("azure-connection", refused.Code);
        Assert.DoesNotContain("hunter2", refused.ToString());
    }

    private static AzureConnection Read(params (string Name, string? Value)[] settings) => AzureConnection.Read(
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(pair => KeyValuePair.Create(pair.Name, pair.Value))).Build(), "Storage");
}
