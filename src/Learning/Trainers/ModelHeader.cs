using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace MlOps.Learning.Trainers;

/// <summary>What a model file says of itself before its numbers.</summary>
/// <param name="Kind">How the sections are to be read (`trees`, `linear`); several trainers may share one.</param>
/// <param name="Parameters">Every number among the parameters of the trainer, defaults included.</param>
/// <param name="Metadata">Facts of the fit, such as the rows seen and the iterations done.</param>
public sealed record ModelHeader(
    string Kind,
    string Trainer,
    ModelSignature Signature,
    IReadOnlyDictionary<string, double> Parameters,
    IReadOnlyDictionary<string, double> Metadata,
    IReadOnlyList<FeatureImportance> Importance)
{
    /// <summary>Every choice and text among the parameters of the trainer, defaults included; null when it has none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? TextParameters { get; init; }

    /// <summary>Takes the place of the link of a binary model; null: none was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ScoreCalibration? Calibration { get; init; }

    /// <summary>From the sum of a model to its scores; null, what our own trainers leave it at: by the task.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public OutputLink? Link { get; init; }

    internal static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
        TypeInfoResolver = JsonTypeInfoResolver.Combine(ModelFileJson.Default, new DefaultJsonTypeInfoResolver()),
    };
}

/// <summary>Where a section lies behind the header and what it holds.</summary>
internal sealed record ModelSection(string Name, string Type, long Offset, long Bytes);

internal sealed record ModelFileHeader(ModelHeader Model, IReadOnlyList<ModelSection> Sections);
