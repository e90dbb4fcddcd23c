using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http.Features;
using MlOps.Server.Direct;

namespace MlOps.Cli.Tests;

public sealed class HostFeaturesTests
{
    [Fact]
    public void OfTheNextRequest_HasItsFeatures_AndTheContextThatTheHostKept()
    {
        var features = new HostFeatures<string>();
        ((IHostContextContainer<string>)features.Of(Request("/a"))).HostContext = "kept";

        HostFeatures<string> next = features.Of(Request("/b"));

        Assert.Equal(("/b", "kept"), (next.Get<IHttpRequestFeature>()!.Path, ((IHostContextContainer<string>)next).HostContext));
    }

    private static FeatureCollection Request(string path)
    {
        var features = new FeatureCollection();
        features.Set<IHttpRequestFeature>(new HttpRequestFeature { Path = path });
        return features;
    }
}
