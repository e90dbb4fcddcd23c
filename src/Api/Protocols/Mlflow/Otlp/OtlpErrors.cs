namespace MlOps.Api.Protocols.Mlflow.Otlp;

internal static class OtlpErrors
{
    /// <summary>Values in values.</summary>
    public const int MaxDepth = 32;

    public static MlOpsException Damaged(string why) => MlOpsException.Invalid("otlp-invalid", $"Invalid OpenTelemetry format: {why}");

    public static MlOpsException TooDeep() => Damaged($"a value is more than {MaxDepth} values deep");
}
