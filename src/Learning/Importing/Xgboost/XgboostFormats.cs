using MlOps.Learning.Importing.Documents;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Importing.Xgboost;

/// <summary>The model of XGBoost in JSON, <c>save_model('x.json')</c>.</summary>
internal sealed class XgboostJsonFormat : IImportFormat
{
    public string Name => "xgboost-json";

    public bool Recognises(ReadOnlySpan<byte> file) => Json.Begins(file) && file.IndexOf("\"learner\""u8) >= 0;

    public ImportedModel Read(ReadOnlyMemory<byte> file, ImportOptions options) => XgboostDocument.Read(JsonDocumentReader.Read(file.Span, options.Memory), Name, options);
}

/// <summary>The same document in UBJSON, <c>save_model('x.ubj')</c>, which is XGBoost's default since 2.1.</summary>
internal sealed class XgboostUbjsonFormat : IImportFormat
{
    public string Name => "xgboost-ubj";

    public bool Recognises(ReadOnlySpan<byte> file) => file is [(byte)'{', (byte)'L' or (byte)'l' or (byte)'I' or (byte)'i' or (byte)'U' or (byte)'#' or (byte)'$', ..];

    public ImportedModel Read(ReadOnlyMemory<byte> file, ImportOptions options) => XgboostDocument.Read(UbjsonDocumentReader.Read(file.Span, options.Memory), Name, options);
}

/// <summary>
/// XGBoost's document, whichever way it is written ("Introduction to Model IO" in its documentation; what the fields mean is from its readers,
/// src/learner.cc, src/gbm, src/tree/tree_model.cc, from 1.0 to 3.4).
/// </summary>
internal static class XgboostDocument
{
    public static ImportedModel Read(DocumentValue document, string format, ImportOptions options)
    {
        var head = XgboostHead.Of(new Place(document, ""));
        options = head.With(options);
        string? note = null;
        IModel model = head.Booster["name"].Text switch
        {
            "gbtree" or "dart" => XgboostTrees.Read(head, options, out note),
            "gblinear" => XgboostLinear.Read(head, options),
            string name => throw ImportErrors.Unsupported($"the booster '{name}' of XGBoost is not known; known are gbtree, dart and gblinear"),
        };
        return new ImportedModel(model, format, head.Producer, note is null ? [] : [note]);
    }
}
