namespace MlOps.Learning.Metrics;

/// <summary>
/// Metrics by name. One that could not be computed is not in <see cref="Values"/>; <see cref="Absent"/> then says why.
/// A value is never NaN; it may be infinite where the model's scores are.
/// </summary>
public sealed record MetricSet(IReadOnlyDictionary<string, double> Values, IReadOnlyDictionary<string, string> Absent)
{
    public static readonly MetricSet Empty = new(new Dictionary<string, double>(), new Dictionary<string, string>());

    /// <summary>The value, or null when it is absent or unknown.</summary>
    public double? Find(string name) => Values.TryGetValue(name, out double value) ? value : null;

    /// <summary>Why there is no such value; null when there is one.</summary>
    public string? WhyAbsent(string name) => Values.ContainsKey(name) ? null
        : Absent.GetValueOrDefault(name) ?? $"'{name}' is not among the metrics of this task: {string.Join(", ", Values.Keys.Concat(Absent.Keys))}";
}

/// <summary>Collects metrics; a NaN becomes an absence with its reason.</summary>
internal sealed class MetricSetBuilder
{
    private readonly Dictionary<string, double> _values = [];
    private readonly Dictionary<string, string> _absent = [];

    public MetricSetBuilder Add(string name, double value, string reasonWhenNaN)
    {
        if (double.IsNaN(value))
            _absent[name] = reasonWhenNaN;
        else
            _values[name] = value;
        return this;
    }

    public MetricSet Build() => new(_values, _absent);
}
