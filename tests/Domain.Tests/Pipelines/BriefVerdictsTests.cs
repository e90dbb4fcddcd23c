using System.Text;
using MlOps.Domain.Evaluation;
using MlOps.Domain.Pipelines;
using MlOps.Domain.Pipelines.Steps;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Tests.Pipelines;

public sealed class BriefVerdictsTests
{
    [Theory]
    [InlineData('\'')]
    [InlineData('日')]
    public void Of_AsManyAndLongAsCanBe_FitsIntoTheResultOfTheRun(char letter)
    {
        string text = new(letter, 3_000);
        IReadOnlyList<GateVerdict> brief = BriefVerdicts.Of([.. Enumerable.Repeat(new GateVerdict(text, "falsePositiveRate", 0.123456789012345, 0.123456789012346, false, text), 32)]);

        var result = new PipelineResult(PipelineEnd.GateFailed, string.Join("; ", brief.Select(v => $"{v.Gate}: {v.Reason}"))) { Gates = brief };
        Assert.InRange(Encoding.UTF8.GetByteCount(WorkflowJson.Write(result)), 0, WorkflowJson.MaxMessageBytes - 1_000);
        Assert.All(brief, v => Assert.EndsWith("...", v.Reason, StringComparison.Ordinal));
    }

    [Fact]
    public void Of_OrdinaryVerdicts_IsWhatTheyAre()
    {
        GateVerdict[] verdicts = [.. Enumerable.Range(0, 8).Select(i => new GateVerdict($"auc >= 0.{i}", "auc", 0.7, 0.8, false, $"auc is 0.7, at least 0.{i} is required"))];
        Assert.Equal(verdicts, BriefVerdicts.Of(verdicts));
    }
}
