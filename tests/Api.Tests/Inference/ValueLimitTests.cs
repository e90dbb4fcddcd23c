using System.Text;
using MlOps.Api.Inference;

namespace MlOps.Api.Tests.Inference;

public sealed class ValueLimitTests
{
    [Theory]
    [InlineData("[1,2,3,4]", 4, true)]
    [InlineData("[1,2,3,4]", 3, false)]
    [InlineData("[[1],[2],[3]]", 2, false)]
    [InlineData("[\"a,b,c,d,e\",2]", 2, true)]
    [InlineData("[\"a\\\",b,c,d\",2]", 2, true)]
    [InlineData("[\"a,b,c", 1, true)]
    public void CheckJson_CountsValuesAndNotTheCommasOfTexts(string json, int most, bool fits) =>
        Assert.Equal(fits, Fits(() => ValueLimit.CheckJson(Encoding.UTF8.GetBytes(json), most, "the request")));

    [Theory]
    [InlineData("1,2\n3,4\n", 4, true)]
    [InlineData("1,2\n3,4\n", 3, false)]
    [InlineData("1\n2\n3\n", 2, false)]
    public void CheckCsv_CountsFields(string csv, int most, bool fits) =>
        Assert.Equal(fits, Fits(() => ValueLimit.CheckCsv(Encoding.UTF8.GetBytes(csv), most, "the request")));

    private static bool Fits(Action check)
    {
        try
        {
            check();
            return true;
        }
        catch (MlOpsException e)
        {
            Assert.Equal((ErrorKind.TooLarge, "values-too-many"), (e.Kind, e.Code));
            return false;
        }
    }
}
