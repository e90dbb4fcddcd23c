using MlOps.Domain.Registry;
using MlOps.Domain.Registry.Search;

namespace MlOps.Domain.Tests.Registry;

public sealed class SearchOrderTests : RegistryTest
{
    [Theory]
    [InlineData("timestamp DESC", "a", "b")]
    [InlineData("last_updated_timestamp DESC", "a", "b")]
    [InlineData("creation_timestamp DESC", "b", "a")]
    public async Task Models_OrderedByATime_AreOrderedByTheOneThatMlflowMeans(string order, params string[] expected)
    {
        foreach (string name in (string[])["a", "b"])
        {
            await Registry.Catalog.CreateAsync(name, null, new Dictionary<string, string>(), "ann", None);
            Stores.Time.Advance(TimeSpan.FromSeconds(1));
        }

        await Registry.Catalog.TagAsync("a", "k", "v", "ann", None);

        RegistryPage<RegisteredModel> page = await Registry.Search.ModelsAsync(new RegistryQuery { OrderBy = [order], Limit = 10 }, None);

        Assert.Equal(expected, page.Items.Select(m => m.Name));
    }
}
