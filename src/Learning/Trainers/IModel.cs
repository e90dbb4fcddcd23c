using MlOps.Learning.Tables;

namespace MlOps.Learning.Trainers;

/// <summary>A fitted model: immutable, thread-safe, with its feature encoding inside, so that training and serving cannot differ.</summary>
public interface IModel
{
    ModelSignature Signature { get; }

    /// <summary>The trainer's name.</summary>
    string Trainer { get; }

    /// <summary>
    /// Scores every row of a table that has at least the signature's input columns (others are ignored; order does not matter).
    /// A category unknown to training is treated as missing.
    /// </summary>
    /// <exception cref="MlOpsException">Invalid <c>model-input</c>: a feature column is absent or of another type; all such columns are named at once.</exception>
    Predictions Score(Table rows);

    /// <summary>Gain-like importance per feature, normalised to sum 1, largest first; empty when the model has none.</summary>
    IReadOnlyList<FeatureImportance> Importance { get; }

    /// <summary>
    /// Bytes of memory that the loaded model holds, counted from its arrays, names and tables (<see cref="MemorySize"/>), or null, the
    /// default, when it cannot say: then the size of its file stands in. Counts anew each time; ask once.
    /// </summary>
    long? HeldBytes => null;

    /// <summary>Writes the model file (self-describing, deterministic, checksummed); <c>ModelFile.Load</c> reads it back.</summary>
    void Save(Stream destination);
}

/// <summary>Inputs in order, the target, and for classification the classes in the order of the score columns.</summary>
public sealed record ModelSignature(
    LearningTask Task,
    string Target,
    IReadOnlyList<FeatureSignature> Inputs,
    IReadOnlyList<string> Classes);

/// <summary>One input: its name, type, whether missing values were seen in training, and for categories the known levels (else null).</summary>
public sealed record FeatureSignature(string Name, ColumnType Type, bool Optional, IReadOnlyList<string>? Levels = null);

public sealed record FeatureImportance(string Feature, double Share);

/// <summary>
/// Scores of n rows. Regression: <see cref="Scores"/> holds n values. Binary: n probabilities of the positive class, which is <c>Classes[1]</c>.
/// Multiclass: n x k probabilities, row-major, in the order of <see cref="Classes"/>.
/// </summary>
public sealed record Predictions(LearningTask Task, IReadOnlyList<string> Classes, double[] Scores)
{
    /// <summary>The quantile of the target, above 0 and below 1, that the scores of a regression are; null: they are means, or nobody knows.</summary>
    public double? Quantile { get; init; }

    public ScoreView View => new(Task, Classes, Scores);

    public int Count => View.Count;

    /// <summary>Probability of class <paramref name="k"/> in the order of <see cref="Classes"/>; classification only.</summary>
    public double Probability(int row, int k) => View.Probability(row, k);

    /// <summary>Index of the most probable class (binary: positive when its probability is at least 0.5; ties to the lower index in multiclass).</summary>
    public int Label(int row) => View.Label(row);
}
