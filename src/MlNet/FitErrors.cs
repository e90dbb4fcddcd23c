namespace MlOps.MlNet;

/// <summary>What ML.NET throws during a fit, as errors that a user can act on.</summary>
internal static class FitErrors
{
    /// <summary>Null for what is no user's doing. ML.NET's worker threads wrap what they throw, so the innermost exception counts.</summary>
    public static MlOpsException? Explain(string trainer, int rows, Exception thrown) => thrown.GetBaseException() switch
    {
        DllNotFoundException or BadImageFormatException => new MlOpsException(
            ErrorKind.Unavailable,
            "trainer-native",
            $"'{trainer}' needs a native library that does not load here ({FirstLine(thrown).Split(". ")[0]}): use x64, install libgomp1 for mlnet.lightgbm on Linux, or take gbdt or linear",
            thrown),
        InvalidOperationException or ArgumentException => new MlOpsException(
            ErrorKind.Invalid,
            "training-failed",
            $"'{trainer}' cannot fit these {rows} rows with these parameters: {FirstLine(thrown)}",
            thrown),
        _ => null,
    };

    private static string FirstLine(Exception thrown) => thrown.GetBaseException().Message.Split('\n')[0].Trim();
}
