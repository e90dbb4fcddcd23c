namespace MlOps.MlNet.Tests;

public sealed class FitErrorsTests
{
    [Fact]
    public void Explain_LibraryMissingOnAWorkerThread_SaysWhatToInstall()
    {
        var thrown = new AggregateException(new AggregateException(new DllNotFoundException("Unable to load 'x'\n/usr/lib/x.so: no such file")));
        MlOpsException error = FitErrors.Explain("mlnet.lightgbm", 10, thrown)!;
        Assert.Equal((ErrorKind.Unavailable, "trainer-native"), (error.Kind, error.Code));
        Assert.Contains("does not load here (Unable to load 'x'): use x64, install libgomp1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Explain_RefusedByMlNet_IsInvalidWithItsReason()
    {
        MlOpsException error = FitErrors.Explain("mlnet.gam", 10, new InvalidOperationException("no rows left"))!;
        Assert.Equal((ErrorKind.Invalid, "training-failed"), (error.Kind, error.Code));
        Assert.Contains("'mlnet.gam' cannot fit these 10 rows with these parameters: no rows left", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Explain_NobodysDoing_IsLeftAsItIs()
    {
        Assert.Null(FitErrors.Explain("mlnet.gam", 10, new OutOfMemoryException()));
        Assert.Null(FitErrors.Explain("mlnet.gam", 10, MlOpsException.Invalid("training-target", "known")));
    }
}
