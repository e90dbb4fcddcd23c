using MlOps.Learning.Metrics;

namespace MlOps.Domain.Evaluation;

/// <summary>What an evaluation looks at besides the metrics over all rows.</summary>
public sealed record EvaluationSpec
{
    public static readonly EvaluationSpec Default = new();

    /// <summary>Column with the truth; null: the target of the model's signature.</summary>
    public string? Target { get; init; }

    /// <summary>Columns for whose groups the metrics are computed separately.</summary>
    public IReadOnlyList<SliceSpec> Slices { get; init; } = [];

    /// <summary>Equal-width bins of the reliability table; default 10.</summary>
    public int CalibrationBins { get; init; } = Calibration.DefaultBins;

    /// <summary>This spec with a slice for every column that a fairness gate looks at.</summary>
    public EvaluationSpec ForGates(IEnumerable<GateSpec> gates) => this with
    {
        Slices = [.. Slices, .. gates.Select(gate => gate.Column).OfType<string>().Except(Slices.Select(s => s.Column)).Distinct().Select(column => new SliceSpec(column))],
    };
}

/// <summary>A column to slice by: categories, booleans and texts by value, numbers by value when they have few, else by quantiles.</summary>
/// <param name="Bins">A number column of more distinct values is cut into this many groups of about equal size; 2 to 100.</param>
/// <param name="MinRows">Groups of fewer rows are listed without metrics: they would be noise. At least 1.</param>
public sealed record SliceSpec(string Column, int Bins = 4, int MinRows = 30);
