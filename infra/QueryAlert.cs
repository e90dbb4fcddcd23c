namespace MlOps.Infra;

/// <summary>An alert on the workspace: it is raised as long as the query gives a row.</summary>
/// <param name="Name">Part of the resource's name.</param>
/// <param name="Title">What the e-mail says.</param>
/// <param name="Advice">What to do.</param>
/// <param name="Severity">0 (critical) to 4 (verbose).</param>
/// <param name="Query">KQL; it sees the rows of the window only.</param>
/// <param name="Window">ISO 8601: how far back each evaluation looks.</param>
internal sealed record QueryAlert(string Name, string Title, string Advice, int Severity, string Query, string Window = "PT15M")
{
    /// <summary>The column that a query says a model's name in.</summary>
    public const string Model = "Model";

    /// <summary>One alert for each model: the mail names it, and while one is raised another's is raised all the same.</summary>
    public bool ByModel => Query.Contains($"| extend {Model} = ", StringComparison.Ordinal);
}
