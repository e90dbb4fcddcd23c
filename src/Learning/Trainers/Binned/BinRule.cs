using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Trainers.Binned;

/// <summary>Which columns of numbers are features, and which of their rows decide their bins.</summary>
internal sealed class BinRule(IBinLearner trainer, TrainingSpec spec)
{
    private readonly TrainerParameters _parameters = TrainerParameters.Parse(trainer, spec.Parameters);

    /// <summary>Most bins of a column.</summary>
    public int Most => trainer.Bins(_parameters);

    /// <summary>Of all columns those that may be features, in the order in which the trainer will have them.</summary>
    public IEnumerable<string> Features(IEnumerable<string> columns)
    {
        IEnumerable<string> wanted = spec.Features.Count > 0 ? spec.Features.Distinct(StringComparer.Ordinal).Where(columns.Contains) : columns;
        return wanted.Where(c => c != spec.Target && c != spec.Weight);
    }

    /// <summary>Of so many training rows those whose numbers decide, ascending: what <see cref="BinFitter"/> would take of the rows that are learned from.</summary>
    public int[] Sample(int rows)
    {
        int[]? learned = trainer.Learned(spec, _parameters, rows);
        int[]? sample = BinFitter.Sample(learned?.Length ?? rows, spec.Seed);
        return (learned, sample) switch
        {
            (null, null) => [.. Enumerable.Range(0, rows)],
            (null, _) => sample,
            (_, null) => learned,
            _ => [.. sample.Select(at => learned[at])],
        };
    }

    /// <param name="sample">Numbers and NaN for missing ones; their order gets lost.</param>
    public NumberBins Bins(Span<double> sample)
    {
        int present = 0;
        foreach (double value in sample)
        {
            if (!double.IsNaN(value))
                sample[present++] = value;
        }

        return new NumberBins(QuantileEdges.Of(sample[..present], Most));
    }
}
