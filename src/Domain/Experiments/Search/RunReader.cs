using System.Text.Json;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Experiments.Search;

/// <summary>
/// Reads a stored run straight into what searches answer. By way of <see cref="RunDocument"/>, whose sorted tables are made to be
/// changed, a page of a thousand runs would take several times as long.
/// </summary>
internal sealed class RunReader(Experiment experiment, RunColumns columns)
{
    private readonly List<MetricPoint> _points = [];

    // Names recur from run to run: one copy of each.
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _names = new HashSet<string>(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
    private char[] _name = new char[256];

    public Experiment Experiment => experiment;

    /// <param name="inputs">What the run says of the data sets that it used.</param>
    public Run Read(ReadOnlySpan<byte> json, out IReadOnlyList<StoredInput> inputs)
    {
        var reader = new Utf8JsonReader(json);
        var run = new Run("", experiment.Name, "", RunStatus.Running, default, null, RunChanges.NoTexts, new MetricValues([]), RunChanges.NoTexts, RunLineage.None, null)
        {
            DeletedAt = experiment.DeletedAt,
            ArtifactLocation = experiment.ArtifactLocation,
        };
        inputs = [];
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (columns.Has(RunColumn.Inputs) && Is(ref reader, "inputs"u8))
                inputs = Part<StoredInput[]>(ref reader) ?? [];
            else
                run = Read(ref reader, run);
        }

        return run;
    }

    private Run Read(ref Utf8JsonReader reader, Run run)
    {
        if (columns.Has(RunColumn.Metrics) && Is(ref reader, "metrics"u8))
        {
            MetricPoint[] points = Points(ref reader);
            return run with { LatestMetrics = points, Metrics = new MetricValues(points) };
        }

        if (columns.Has(RunColumn.Params) && Is(ref reader, "params"u8))
            return run with { Params = Pairs(ref reader, RunColumn.Params) };
        if (columns.Has(RunColumn.Tags) && Is(ref reader, "tags"u8))
            return run with { Tags = Pairs(ref reader, RunColumn.Tags) };
        if (Is(ref reader, "id"u8))
            return run with { Id = Text(ref reader)! };
        if (Is(ref reader, "experimentId"u8))
            return run with { ExperimentId = Text(ref reader)! };
        if (Is(ref reader, "name"u8))
            return run with { Name = Text(ref reader)! };
        if (Is(ref reader, "status"u8))
            return run with { Status = Enum.Parse<RunStatus>(Text(ref reader)!, ignoreCase: true) };
        if (Is(ref reader, "startedAt"u8))
            return run with { StartedAt = Time(ref reader)!.Value };
        if (Is(ref reader, "endedAt"u8))
            return run with { EndedAt = Time(ref reader) };
        if (Is(ref reader, "deletedAt"u8))
            return run with { DeletedAt = Time(ref reader) ?? run.DeletedAt };
        if (Is(ref reader, "user"u8))
            return run with { User = Text(ref reader) };
        if (Is(ref reader, "reason"u8))
            return run with { Reason = Text(ref reader) };
        if (Is(ref reader, "lineage"u8))
            return run with { Lineage = Part<RunLineage>(ref reader) ?? RunLineage.None };
        if (columns.Has(RunColumn.Inputs) && Is(ref reader, "modelInputs"u8))
            return run with { ModelInputs = Part<ModelLink[]>(ref reader) ?? [] };
        if (columns.Has(RunColumn.Outputs) && Is(ref reader, "modelOutputs"u8))
            return run with { ModelOutputs = Part<ModelLink[]>(ref reader) ?? [] };
        reader.Read();
        reader.Skip();
        return run;
    }

    private MetricPoint[] Points(ref Utf8JsonReader reader)
    {
        _points.Clear();
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = Name(ref reader);
            if (columns.Has(RunColumn.Metrics, name))
                _points.Add(Point(ref reader, name));
            else
                reader.Skip();
        }

        return [.. _points];
    }

    private string Name(ref Utf8JsonReader reader)
    {
        if (_name.Length < reader.ValueSpan.Length)
            _name = new char[reader.ValueSpan.Length];
        ReadOnlySpan<char> name = _name.AsSpan(0, reader.CopyString(_name));
        if (_names.TryGetValue(name, out string? known))
            return known;
        string added = name.ToString();
        _names.Set.Add(added);
        return added;
    }

    private static MetricPoint Point(ref Utf8JsonReader reader, string name)
    {
        (double value, long step, long time) = (0, 0, 0);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (Is(ref reader, "v"u8))
                value = LatestMetricsJson.Number(ref reader);
            else if (Is(ref reader, "s"u8))
                step = Long(ref reader);
            else
                time = Long(ref reader);
        }

        return new MetricPoint(name, value, step, DateTimeOffset.FromUnixTimeMilliseconds(time));
    }

    /// <summary>In the order in which they are stored: that of the name.</summary>
    private Dictionary<string, string> Pairs(ref Utf8JsonReader reader, RunColumn kind)
    {
        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = Name(ref reader);
            if (columns.Has(kind, name))
                pairs[name] = Text(ref reader)!;
            else
                reader.Skip();
        }

        return pairs;
    }

    private static T? Part<T>(ref Utf8JsonReader reader)
        where T : class
    {
        reader.Read();
        return JsonSerializer.Deserialize<T>(ref reader, WorkflowJson.Options);
    }

    private static bool Is(ref Utf8JsonReader reader, ReadOnlySpan<byte> name) => reader.ValueTextEquals(name);

    private static string? Text(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.GetString();
    }

    private static long Long(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.GetInt64();
    }

    private static DateTimeOffset? Time(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.Null ? null : reader.GetDateTimeOffset();
    }
}
