using System.Text.Json;

namespace MlOps.Domain.Experiments.Search;

/// <summary>Packs a stored run straight from its JSON: to read the whole document of every run would be most of what building an index costs.</summary>
internal sealed class RunPacker(KeyPool pool)
{
    private readonly MetricScan _scan = new(pool);
    private readonly List<(int Key, double Value)> _metrics = [];
    private readonly List<(int Key, string Value)> _texts = [];
    private char[] _name = new char[256];
    private int[] _metricKeys = [];
    private int[] _paramKeys = [];
    private int[] _tagKeys = [];

    public PackedRun Pack(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        var run = new Draft();
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            // The last of a document, so that nothing is left to be read behind them.
            if (Is(ref reader, "metrics"u8) && _scan.TryRead(json[(int)reader.BytesConsumed..], _metrics))
            {
                run.Metrics = Packed(_metrics, ref _metricKeys);
                break;
            }

            Read(ref reader, ref run);
        }

        return run.Done();
    }

    private void Read(ref Utf8JsonReader reader, ref Draft run)
    {
        if (Is(ref reader, "metrics"u8))
            run.Metrics = Metrics(ref reader);
        else if (Is(ref reader, "params"u8))
            run.Params = Texts(ref reader, ref _paramKeys);
        else if (Is(ref reader, "tags"u8))
            run.Tags = Texts(ref reader, ref _tagKeys);
        else if (Is(ref reader, "id"u8))
            run.Id = Text(ref reader)!;
        else if (Is(ref reader, "name"u8))
            run.Name = Text(ref reader)!;
        else if (Is(ref reader, "user"u8))
            run.User = Text(ref reader) is { } user ? pool.Share(user) : null;
        else if (Is(ref reader, "status"u8))
            run.Status = Enum.Parse<RunStatus>(Text(ref reader)!, ignoreCase: true);
        else if (Is(ref reader, "startedAt"u8))
            run.StartedAt = Time(ref reader)!.Value;
        else if (Is(ref reader, "endedAt"u8))
            run.EndedAt = Time(ref reader);
        else if (Is(ref reader, "deletedAt"u8) || Is(ref reader, "purgedAt"u8))
            run.IsDeleted |= Time(ref reader) is not null;
        else if (Is(ref reader, "inputs"u8))
            Inputs(ref reader, ref run);
        else if (Is(ref reader, "lineage"u8))
            Lineage(ref reader, ref run);
        else
            Skip(ref reader);
    }

    private PackedValues<double> Metrics(ref Utf8JsonReader reader)
    {
        _metrics.Clear();
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            int key = Key(ref reader);
            double value = 0;
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (Is(ref reader, "v"u8))
                    value = LatestMetricsJson.Number(ref reader);
                else
                    Skip(ref reader);
            }

            _metrics.Add((key, value));
        }

        return Packed(_metrics, ref _metricKeys);
    }

    private PackedValues<string> Texts(ref Utf8JsonReader reader, ref int[] before)
    {
        _texts.Clear();
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            _texts.Add((Key(ref reader), pool.Share(Text(ref reader)!)));
        return Packed(_texts, ref before);
    }

    private static PackedValues<T> Packed<T>(List<(int Key, T Value)> pairs, ref int[] before)
    {
        if (!IsAscending(pairs))
            pairs.Sort((a, b) => a.Key.CompareTo(b.Key));
        var values = new T[pairs.Count];
        for (int i = 0; i < values.Length; i++)
            values[i] = pairs[i].Value;
        return new(Keys(pairs, ref before), values);
    }

    /// <summary>As they are where the first run had all of them: names are stored in their order.</summary>
    private static bool IsAscending<T>(List<(int Key, T Value)> pairs)
    {
        for (int i = 1; i < pairs.Count; i++)
        {
            if (pairs[i].Key < pairs[i - 1].Key)
                return false;
        }

        return true;
    }

    /// <param name="before">Those of the run before: runs of one experiment mostly have the same, and share them then.</param>
    private static int[] Keys<T>(List<(int Key, T Value)> pairs, ref int[] before)
    {
        if (pairs.Count == 0)
            return [];
        bool same = before.Length == pairs.Count;
        for (int i = 0; same && i < before.Length; i++)
            same = before[i] == pairs[i].Key;
        return same ? before : before = [.. pairs.Select(p => p.Key)];
    }

    private static void Inputs(ref Utf8JsonReader reader, ref Draft run)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
            return;
        foreach (StoredInput input in JsonSerializer.Deserialize<StoredInput[]>(ref reader, Workflows.WorkflowJson.Options)!)
            run.Datasets.Add(new PackedDataset(input.Name, input.Digest, input.Tags.GetValueOrDefault("mlflow.data.context")));
    }

    /// <summary>A run of our own says which data set version it was trained on.</summary>
    private static void Lineage(ref Utf8JsonReader reader, ref Draft run)
    {
        reader.Read();
        RunLineage? lineage = JsonSerializer.Deserialize<RunLineage>(ref reader, Workflows.WorkflowJson.Options);
        if (lineage?.Dataset is { } dataset)
            run.Datasets.Add(new PackedDataset(dataset, lineage.DatasetDigest ?? "", "training"));
    }

    private int Key(ref Utf8JsonReader reader)
    {
        int most = reader.HasValueSequence ? (int)reader.ValueSequence.Length : reader.ValueSpan.Length;
        if (_name.Length < most)
            _name = new char[most];
        return pool.Number(_name.AsSpan(0, reader.CopyString(_name)));
    }

    private static bool Is(ref Utf8JsonReader reader, ReadOnlySpan<byte> name) => reader.ValueTextEquals(name);

    private static string? Text(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.GetString();
    }

    private static DateTimeOffset? Time(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.Null ? null : reader.GetDateTimeOffset();
    }

    private static void Skip(ref Utf8JsonReader reader)
    {
        reader.Read();
        reader.Skip();
    }

    private struct Draft()
    {
        public string Id = "";
        public string Name = "";
        public string? User;
        public RunStatus Status;
        public DateTimeOffset StartedAt;
        public DateTimeOffset? EndedAt;
        public bool IsDeleted;
        public List<PackedDataset> Datasets = [];
        public PackedValues<double> Metrics = new([], []);
        public PackedValues<string> Params = new([], []);
        public PackedValues<string> Tags = new([], []);

        public readonly PackedRun Done() => new()
        {
            Id = Id,
            Name = Name,
            User = User,
            Status = Status,
            StartedAt = StartedAt,
            Start = StartedAt.ToUnixTimeMilliseconds(),
            End = EndedAt?.ToUnixTimeMilliseconds(),
            IsDeleted = IsDeleted,
            Metrics = Metrics,
            Params = Params,
            Tags = Tags,
            Datasets = Datasets.Count == 0 ? [] : [.. Datasets.DistinctBy(d => (d.Name, d.Digest))],
        };
    }
}
