namespace MlOps.EndToEnd.Mlflow;

/// <summary>One request for two servers. What stands in braces (<c>{e1}</c>) is filled in for each of them from its own earlier answers.</summary>
internal sealed record ComparedCall
{
    /// <summary>File and line.</summary>
    public required string Where { get; init; }

    public required string Method { get; init; }

    public required string Path { get; init; }

    /// <summary>Name and value, or none.</summary>
    public (string Name, string Value)? Header { get; init; }

    /// <summary>JSON: the query of a GET, otherwise the body.</summary>
    public string? Argument { get; init; }

    /// <summary>A body that is sent as it stands, and its content type (null: none).</summary>
    public (string? ContentType, byte[] Bytes)? Raw { get; init; }

    /// <summary>Name and path in the answer (<c>run.info.run_id</c>) of what later calls use.</summary>
    public IReadOnlyList<(string Name, string Path)> Captures { get; init; } = [];

    /// <summary>Names of the deliberate differences that the answers must show.</summary>
    public IReadOnlySet<string> Reasons { get; init; } = new HashSet<string>();

    public override string ToString()
    {
        string text = $"{Where} {Method} {Path} {Argument ?? (Raw is { } raw ? $"< {raw.Bytes.Length} bytes of {raw.ContentType ?? "no type"}" : "")}";
        return text.Length <= 220 ? text : text[..220] + "…";
    }
}
