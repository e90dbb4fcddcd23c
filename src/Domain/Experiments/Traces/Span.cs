using System.Text.Json;

namespace MlOps.Domain.Experiments.Traces;

/// <summary>How a step ended, as OpenTelemetry numbers it.</summary>
public enum SpanStatus
{
    Unset = 0,
    Ok = 1,
    Error = 2,
}

/// <summary>One step of a trace, as OpenTelemetry has it (opentelemetry.io, "Traces").</summary>
/// <param name="Id">16 hexadecimal digits.</param>
/// <param name="ParentId">Of the step that it is part of; null of the whole.</param>
/// <param name="StartNanos">Nanoseconds since 1970.</param>
/// <param name="EndNanos">As <paramref name="StartNanos"/>; 0 while it goes on.</param>
public sealed record Span(string Id, string? ParentId, string Name, long StartNanos, long EndNanos)
{
    /// <summary>Attribute: what kind of step it is, such as <c>LLM</c>.</summary>
    public const string TypeKey = "mlflow.spanType";

    /// <summary>Attribute: what the step was given. Clients write any JSON.</summary>
    public const string InputsKey = "mlflow.spanInputs";

    /// <summary>Attribute: what the step answered.</summary>
    public const string OutputsKey = "mlflow.spanOutputs";

    public SpanStatus Status { get; init; }

    /// <summary>Why it failed; empty otherwise.</summary>
    public string Message { get; init; } = "";

    /// <summary>Texts, numbers, truths, lists and objects of them, in the order they were told.</summary>
    public IReadOnlyDictionary<string, JsonElement> Attributes { get; init; } = new Dictionary<string, JsonElement>();

    public IReadOnlyList<SpanEvent> Events { get; init; } = [];
}

/// <summary>Something that happened in a step.</summary>
/// <param name="Nanos">Since 1970.</param>
public sealed record SpanEvent(string Name, long Nanos, IReadOnlyDictionary<string, JsonElement> Attributes);
