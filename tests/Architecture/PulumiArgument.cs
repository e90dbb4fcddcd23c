namespace MlOps.Architecture;

/// <summary>One argument as the schema's data describes it, such as <c>list of string or enum SkuName REQUIRED</c>.</summary>
internal sealed record PulumiArgument(string Kind, string Module)
{
    private const string Constant = "const ";

    public bool IsRequired => Kind.EndsWith(" REQUIRED", StringComparison.Ordinal);

    public bool IsCollection => Kind.StartsWith("list of ", StringComparison.Ordinal) || Kind.StartsWith("map of ", StringComparison.Ordinal);

    /// <summary>Without the word that says it is required, and without the collection around it.</summary>
    public string Element
    {
        get
        {
            string kind = IsRequired ? Kind[..^" REQUIRED".Length] : Kind;
            return IsCollection ? kind[(kind.IndexOf(" of ", StringComparison.Ordinal) + 4)..] : kind;
        }
    }

    public bool TakesText => Element.StartsWith("string", StringComparison.Ordinal) || Const is not null;

    public string? Const => Element.StartsWith(Constant, StringComparison.Ordinal) ? Element[Constant.Length..] : null;

    /// <summary>Full name of the enum, or null.</summary>
    public string? Enum => Element.Contains("enum ", StringComparison.Ordinal) ? $"{Module}.{Element[(Element.IndexOf("enum ", StringComparison.Ordinal) + 5)..]}" : null;

    /// <summary>Simple names of the types it takes; none where it takes a plain value.</summary>
    public IReadOnlyList<string> Types => Element.Contains("Args", StringComparison.Ordinal) ? Element.Split('|') : [];
}
