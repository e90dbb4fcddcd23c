namespace MlOps.Api.Protocols.Mlflow;

/// <summary>What MLflow's API lets through, where that is less than the tracker takes, and how values that are too long are cut as its server cuts them.</summary>
internal static class MlflowLimits
{
    public const int BatchMetrics = 1_000;
    public const int BatchPairs = 100;
    public const int BatchEntities = 1_000;

    /// <summary>Of the body of a batch, in which a letter that is escaped (<c>\u00e9</c>, as Python writes it) counts once: see <see cref="CheckBatch"/>.</summary>
    public const int BatchBytes = 1_000_000;

    /// <summary>What a body of so many letters takes when all are escaped.</summary>
    public const int EscapedBatchBytes = 6 * BatchBytes;
    public const int ParamChars = 6_000;
    public const int TagChars = 8_000;
    public const int ExperimentTagChars = 5_000;

    /// <summary>Bytes of a file that the web UI sends.</summary>
    public const int UiUploadBytes = 10 << 20;

    /// <summary>Traces that one call links to a run.</summary>
    public const int LinkedTraces = 100;

    /// <summary>Traces that one call names to delete.</summary>
    public const int DeletedTraces = 1_000;

    /// <summary>Data sets of one call, and the schema and profile of each.</summary>
    public const int BatchDatasets = 1_000;
    public const int DatasetNameChars = 500;
    public const int DatasetDigestChars = 36;
    public const int DatasetSourceChars = 65_535;
    public const int DatasetSchemaChars = 1_048_575;
    public const int DatasetProfileChars = 16_777_215;
    public const int InputTagKeyChars = 255;
    public const int InputTagValueChars = 500;

    /// <exception cref="MlOpsException">TooLarge <c>body-too-large</c>.</exception>
    public static void CheckBatch(ReadOnlySpan<byte> body)
    {
        if (body.Length > BatchBytes && body.Length - (5 * body.Count("\\u"u8)) is > BatchBytes and int counted)
            throw MlOpsException.TooLarge("body-too-large", $"the batch has {counted:N0} bytes, at most {BatchBytes:N0} are allowed in one call: send it in parts");
    }

    /// <summary>The first characters of a value; one of two units (an emoji) counts once, as for MLflow.</summary>
    public static string Cut(string value, int chars)
    {
        if (value.Length <= chars)
            return value;
        int end = 0;
        for (int i = 0; i < chars && end < value.Length; i++)
            end += char.IsSurrogatePair(value, end) ? 2 : 1;
        return value[..end];
    }

    /// <summary>The fields <c>key</c> and <c>value</c> of a tag of a run.</summary>
    public static (string Key, string Value) RunTag(MlflowFields fields) => (fields.RequiredText("key"), Cut(fields.Text("value") ?? "", TagChars));

    public static (string Key, string Value) Param(MlflowFields fields) => (fields.RequiredText("key"), Cut(fields.Text("value") ?? "", ParamChars));

    public static (string Key, string Value) ExperimentTag(MlflowFields fields) =>
        (fields.RequiredText("key"), Checked(fields, "value", ExperimentTagChars) ?? "");

    public static Dictionary<string, string> ExperimentTags(MlflowFields fields) => Pairs(fields.Objects("tags").Select(ExperimentTag));

    public static Dictionary<string, string> RunTags(MlflowFields fields) => Pairs(fields.Objects("tags").Select(RunTag));

    /// <summary>A list of <c>{"key", "value"}</c>, whose values are kept whole.</summary>
    public static Dictionary<string, string> Pairs(MlflowFields fields, string name) => Pairs(fields.Objects(name).Select(p => (p.RequiredText("key"), p.Text("value") ?? "")));

    /// <exception cref="MlOpsException">Invalid <c>field-invalid</c>: too many.</exception>
    public static IReadOnlyList<string> Texts(MlflowFields fields, string name, int most)
    {
        IReadOnlyList<string> texts = fields.Texts(name);
        return texts.Count <= most ? texts : throw fields.Invalid(name, $"has {texts.Count:N0} items, at most {most:N0} are allowed in one call");
    }

    /// <exception cref="MlOpsException">Invalid <c>field-invalid</c>: too long.</exception>
    public static string? Checked(MlflowFields fields, string name, int chars) => fields.Text(name) is not { } text ? null
        : text.Length <= chars ? text
        : throw fields.Invalid(name, $"has {text.Length:N0} characters, at most {chars:N0} are allowed");

    /// <exception cref="MlOpsException">Invalid <c>field-invalid</c>: too many.</exception>
    public static IReadOnlyList<MlflowFields> Objects(MlflowFields fields, string name, int most)
    {
        IReadOnlyList<MlflowFields> objects = fields.Objects(name);
        return objects.Count <= most ? objects : throw fields.Invalid(name, $"has {objects.Count:N0} items, at most {most:N0} are allowed in one call");
    }

    // The last of a repeated key stands.
    private static Dictionary<string, string> Pairs(IEnumerable<(string Key, string Value)> pairs)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string key, string value) in pairs)
            all[key] = value;
        return all;
    }
}
