using System.Text.Json.Serialization;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Importing;

/// <summary>What the file of another library does not say, or says otherwise than the caller wants.</summary>
public sealed record ImportOptions
{
    public static readonly ImportOptions Default = new();

    /// <summary>The column that the model predicts, for evaluations; no format keeps it. Default <c>target</c>.</summary>
    public string Target { get; init; } = "target";

    /// <summary>Names of the inputs in their order; empty: those of the file, or <c>f0</c>, <c>f1</c>, ... where it has none.</summary>
    public IReadOnlyList<string> Features { get; init; } = [];

    /// <summary>Names of the classes in the order of the scores (binary: negative, positive); empty: those of the file, or <c>0</c>, <c>1</c>, ...</summary>
    public IReadOnlyList<string> Classes { get; init; } = [];

    /// <summary>Levels of category inputs, by input, in the order of the codes 0, 1, ... that training used; of others those of the file, or the codes themselves.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Levels { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>Boosting rounds to keep, at least 1; null: all. What stopped early keeps all its rounds in the file.</summary>
    public int? Rounds { get; init; }

    /// <summary>
    /// Bytes that the loaded model may take, and once more what is read on the way; a larger one is refused before they are taken. A host gives what
    /// it has for models, which is no part of how the model is read. Default 4 GiB.
    /// </summary>
    [JsonIgnore]
    public long Memory { get; init; } = DefaultMemory;

    internal const long DefaultMemory = 4L << 30;
}

/// <summary>A model that was trained elsewhere, as one of ours.</summary>
/// <param name="Format">Name of the format it was read from: <c>xgboost-json</c>.</param>
/// <param name="Producer">What wrote the file, as far as it says: <c>XGBoost 1.7.4</c>.</param>
/// <param name="Notes">What the owner should know, a sentence each; often none.</param>
public sealed record ImportedModel(IModel Model, string Format, string Producer, IReadOnlyList<string> Notes);
