namespace MlOps.Domain.Pipelines;

/// <summary>The steps people see, in order.</summary>
internal static class PipelineStepNames
{
    public const string Data = "data";
    public const string Schema = "schema";
    public const string Evaluate = "evaluate";
    public const string Gates = "gates";
    public const string Approval = "approval";
    public const string Register = "register";
    public const string Rollout = "rollout";
    public const string Monitor = "monitor";

    public static string Train(string trainer) => "train " + trainer;

    /// <summary>What comes after <see cref="Data"/>.</summary>
    public static IEnumerable<string> Of(PreparedPipeline prepared, bool monitor)
    {
        yield return Schema;
        foreach (string trainer in prepared.Trainers)
            yield return Train(trainer);
        yield return Evaluate;
        yield return Gates;
        if (prepared.NeedsApproval)
            yield return Approval;
        yield return Register;
        if (prepared.Rollout is not null)
            yield return Rollout;
        if (monitor)
            yield return Monitor;
    }
}
