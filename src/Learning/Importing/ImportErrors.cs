namespace MlOps.Learning.Importing;

/// <summary>The errors of imports, each with its code.</summary>
internal static class ImportErrors
{
    /// <summary>The file breaks its own format's rules.</summary>
    public static MlOpsException Damaged(string why) =>
        MlOpsException.Invalid("model-import-damaged", $"the file cannot be read: {why}; save the model again with the library that trained it");

    /// <summary>A sound file with something in it that no model of ours can be.</summary>
    public static MlOpsException Unsupported(string why) => MlOpsException.Invalid("model-import-unsupported", why);

    /// <summary>The caller's options do not fit the file.</summary>
    public static MlOpsException Option(string why) => MlOpsException.Invalid("model-import-option", why);

    /// <param name="what">What it is that takes the memory.</param>
    public static MlOpsException Memory(string what, long bytes, long most) => MlOpsException.TooLarge(
        "model-import-too-large", $"{what} take {bytes / (double)(1 << 20):N1} MiB of memory, at most {most / (double)(1 << 20):N1} MiB are given here: import a smaller model, or let this host have more memory");

    public static MlOpsException TooLarge(string what, long count, long most) =>
        MlOpsException.TooLarge("model-import-too-large", $"the file has {count:N0} {what}, at most {most:N0} are taken: import a smaller model");
}
