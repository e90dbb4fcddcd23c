using MlOps.Domain.Datasets;

namespace MlOps.Domain.Tests.Datasets;

public sealed class DatasetRefTests
{
    [Theory]
    [InlineData("telco@3", "telco", 3)]
    [InlineData("telco", "telco", null)]
    [InlineData("a.b_c-1@12", "a.b_c-1", 12)]
    public void Parse_Reference_RoundTrips(string text, string name, int? version)
    {
        Assert.Equal(new DatasetRef(name, version), DatasetRef.Parse(text));
        Assert.Equal(text, DatasetRef.Parse(text).ToString());
    }

    [Theory]
    [InlineData("telco@")]
    [InlineData("telco@0")]
    [InlineData("telco@-1")]
    [InlineData("telco@latest")]
    [InlineData("telco@1@2")]
    public void Parse_NoVersion_SaysHowToWriteOne(string text)
    {
        var error = Assert.Throws<MlOpsException>(() => DatasetRef.Parse(text));
        Assert.Equal($"'{text}' names no data set version; write 'name' for the latest or 'name@3' for version 3", error.Message);
    }
}
