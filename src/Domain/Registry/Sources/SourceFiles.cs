namespace MlOps.Domain.Registry.Sources;

/// <summary>Which of the files of a model that MLflow saved to read.</summary>
internal static class SourceFiles
{
    /// <summary>Flavours whose file can be read, the most exact first.</summary>
    private static readonly string[] Flavours = ["xgboost", "lightgbm", "catboost", "onnx"];

    private static readonly string[] Endings = [".mlops", ".onnx", ".ubj", ".xgb", ".lgb"];

    private static readonly string[] Usual = ["model.json", "model.txt"];

    /// <summary>The file that a flavour names, else one that is called as such files are; null when there is none.</summary>
    public static string? Choose(MlmodelFile described, IReadOnlyList<string> names)
    {
        IEnumerable<string?> named = Flavours.Select(f => described.Files.GetValueOrDefault(f));
        return named.FirstOrDefault(f => f is not null && names.Contains(f) && !IsPickle(f))
            ?? Endings.Select(e => names.FirstOrDefault(n => n.EndsWith(e, StringComparison.OrdinalIgnoreCase))).FirstOrDefault(n => n is not null)
            ?? names.FirstOrDefault(Usual.Contains);
    }

    private static bool IsPickle(string file) => Path.GetExtension(file).ToLowerInvariant() is ".pkl" or ".pickle" or ".joblib" or ".cloudpickle";
}
