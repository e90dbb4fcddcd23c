namespace MlOps.Domain.Experiments.Search;

internal static class FilterError
{
    public const string Code = "filter-invalid";

    private const int Shown = 200;

    /// <summary>Says where in the text, and what it says there.</summary>
    public static MlOpsException At(string text, int at, string why) => MlOpsException.Invalid(Code,
        $"Invalid clause in '{(text.Length <= Shown ? text : text[..Shown] + "...")}' at character {at + 1}: {why}");
}
