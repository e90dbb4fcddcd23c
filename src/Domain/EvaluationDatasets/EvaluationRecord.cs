using System.Text.Json;

namespace MlOps.Domain.EvaluationDatasets;

/// <summary>An example of an evaluation data set. No two of one data set have the same inputs.</summary>
/// <param name="Id"><c>dr-</c> and 32 hexadecimal digits that begin with the time: in their order records came.</param>
/// <param name="Inputs">An object.</param>
public sealed record EvaluationRecord(string Id, JsonElement Inputs, DateTimeOffset CreatedAt)
{
    /// <summary>Any value: what was answered, not what should be. As MLflow has it an empty object of a record that came without; null when it came as null.</summary>
    public JsonElement? Outputs { get; init; }

    /// <summary>An object of what an answer should be; null when nothing was said.</summary>
    public JsonElement? Expectations { get; init; }

    /// <summary>An object; null for none.</summary>
    public JsonElement? Tags { get; init; }

    /// <summary>Null when not told.</summary>
    public RecordSource? Source { get; init; }

    public DateTimeOffset UpdatedAt { get; init; } = CreatedAt;

    public string? CreatedBy { get; init; }

    public string? UpdatedBy { get; init; }
}

public enum RecordSourceKind
{
    Unspecified = 0,
    Trace = 1,
    Human = 2,
    Document = 3,
    Code = 4,
}

/// <summary>Where a record comes from.</summary>
/// <param name="Data">An object, such as <c>{"trace_id": ...}</c>.</param>
public sealed record RecordSource(RecordSourceKind Kind, JsonElement Data);

/// <summary>A record to be merged: one of the same inputs is changed by it, otherwise it is a new one.</summary>
/// <param name="Inputs">An object. The order of its names and how its numbers are written mean nothing, but 1 and 1.0 are two values, as in Python.</param>
public sealed record RecordEdit(JsonElement Inputs)
{
    /// <summary>Null: none from now on, when <see cref="SetsOutputs"/>.</summary>
    public JsonElement? Outputs { get; init; }

    /// <summary>Whether it says anything of the outputs; what it does not say stays.</summary>
    public bool SetsOutputs { get; init; }

    /// <summary>An object, each of whose names replaces that of the record; null and empty change nothing.</summary>
    public JsonElement? Expectations { get; init; }

    /// <summary>As <see cref="Expectations"/>.</summary>
    public JsonElement? Tags { get; init; }

    /// <summary>Of a new record; of a known one it stays.</summary>
    public RecordSource? Source { get; init; }

    /// <summary>Who says so; null leaves who changed the record last.</summary>
    public string? By { get; init; }
}

/// <summary>What a merge did: of inputs that come twice in one merge the second changes the first.</summary>
public sealed record MergeCount(int Inserted, int Updated);

/// <summary>A page of records, in the order in which they came; null on the last.</summary>
public sealed record RecordPage(IReadOnlyList<EvaluationRecord> Records, string? Continuation);
