using MlOps.Server;

namespace MlOps.EndToEnd;

/// <summary>Which addresses others can reach, and so need a token.</summary>
public sealed class BindingPolicyTests
{
    [Theory]
    [InlineData("http://127.0.0.1:5000")]
    [InlineData("http://127.8.9.10:0")]
    [InlineData("http://[::1]:5000")]
    [InlineData("http://[::ffff:127.0.0.1]:5000")]
    [InlineData("http://localhost:5000")]
    [InlineData("http://LOCALHOST:5000/")]
    [InlineData("http://127.0.0.1")]
    [InlineData("http://localhost/")]
    [InlineData("http://127.1:5000")]
    public void Check_OfLoopback_NeedsNoToken(string url) => BindingPolicy.Check([url], anyToken: false);

    [Theory]
    [InlineData("http://0.0.0.0:5000")]
    [InlineData("http://[::]:5000")]
    [InlineData("http://+:5000")]
    [InlineData("http://*:5000")]
    [InlineData("http://192.168.1.4:5000")]
    [InlineData("http://[fe80::1]:5000")]
    [InlineData("http://example.com:5000")]
    [InlineData("http://localhost.example.com:5000")]
    [InlineData("http://127.0.0.1.example.com:5000")]
    public void Check_OfWhatOthersCanReach_NeedsAToken(string url)
    {
        MlOpsException refused = Assert.Throws<MlOpsException>(() => BindingPolicy.Check(["http://127.0.0.1:1", url], anyToken: false));

        Assert.Equal("binding-open", refused.Code);
        Assert.Contains(url, refused.Message, StringComparison.Ordinal);
        BindingPolicy.Check([url], anyToken: true);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5000")]
    [InlineData("localhost:5000")]
    [InlineData("https://127.0.0.1:5000")]
    [InlineData("http://127.0.0.1:5000/path")]
    [InlineData("http://127.0.0.1:99999")]
    [InlineData("http://127.0.0.1:-1")]
    [InlineData("http://127.0.0.1:5000x")]
    [InlineData("unix:/tmp/socket")]
    public void Check_OfWhatIsNoAddress_SaysHowToWriteOne(string url)
    {
        MlOpsException refused = Assert.Throws<MlOpsException>(() => BindingPolicy.Check([url], anyToken: true));

        Assert.Equal("binding-url", refused.Code);
    }
}
