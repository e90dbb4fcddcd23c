using System.Text;
using MlOps.Domain.Evaluation;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Pipelines.Steps;

/// <summary>
/// Verdicts short enough for the messages of a workflow, however many gates there are and however long the names of columns and
/// groups. The artifact <c>gates.json</c> has them whole.
/// </summary>
internal static class BriefVerdicts
{
    /// <summary>The run's result says the failed ones twice: in its list, and in its reason.</summary>
    public const int MaxBytes = WorkflowJson.MaxMessageBytes * 2 / 5;

    private const int LongestText = 512;
    private const int ShortestText = 8;

    public static IReadOnlyList<GateVerdict> Of(IReadOnlyList<GateVerdict> verdicts)
    {
        for (int length = LongestText; ; length /= 2)
        {
            GateVerdict[] brief = [.. verdicts.Select(v => v with { Gate = Cut(v.Gate, length), Reason = Cut(v.Reason, length) })];
            if (length == ShortestText || Encoding.UTF8.GetByteCount(WorkflowJson.Write(brief)) <= MaxBytes)
                return brief;
        }
    }

    private static string Cut(string text, int length) => text.Length <= length ? text : text[..(length - 3)] + "...";
}
