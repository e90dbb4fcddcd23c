using MlOps.Domain.Rollout.Evidence;
using MlOps.Domain.Rollout.Evidence.Answers;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Rollout.Evidence;

/// <summary>Answers with classes that the champion does not have.</summary>
public sealed class PredictionShiftTests
{
    private static readonly ModelSignature Champion = new(LearningTask.Multiclass, "kind", [], ["a", "b", "c"]);

    [Fact]
    public void Of_ANewClassForMostRows_IsALargeShiftThoughTheRestIsSpreadAsBefore()
    {
        Comparison shift = Shift(Answers(("a", 10), ("b", 10), ("c", 10), ("d", 270)));

        Assert.True(shift.Worse.Value > 1, $"{shift}");
    }

    [Fact]
    public void Of_ANewClassForAllRows_IsMeasured() => Assert.True(Shift(Answers(("d", 300))).Canary > 1);

    [Fact]
    public void Of_TheSameClassesInTheSameShares_IsNone() => Assert.Equal(0, Shift(Answers(("a", 100), ("b", 100), ("c", 100))).Worse.Value);

    [Theory]
    [InlineData(0, 0.01)]
    [InlineData(100, 1)]
    public void Of_AThreeClassVersionAfterATwoClassOne_ComparesTheirClassesAndNotTheirFirstScores(int third, double index)
    {
        var two = new ModelSignature(LearningTask.Binary, "kind", [], ["a", "b"]);
        Answer[] before = [.. Enumerable.Range(0, 200).Select(i => new Answer(i % 2 == 0 ? "a" : "b", [i % 2 == 0 ? 0.1 : 0.9]))];
        Answer[] after = [.. Enumerable.Range(0, 200).Select(i => i < third ? new Answer("c", [0, 0, 1]) : new Answer(i % 2 == 0 ? "a" : "b", i % 2 == 0 ? [0.8, 0.1, 0.1] : [0.1, 0.8, 0.1]))];

        double seen = PredictionShift.Of(Champion, two, after, before).Canary!.Value;

        Assert.True(third == 0 ? seen < index : seen > index, $"{seen}");
        Assert.False(PredictionShift.HaveOneScore(Champion, two));
        Assert.False(PredictionShift.HaveOneScore(two with { Classes = ["b", "a"] }, two));
    }

    private static Comparison Shift(IReadOnlyCollection<Answer> canary) => PredictionShift.Of(Champion, Champion, canary, Answers(("a", 100), ("b", 100), ("c", 100)));

    private static Answer[] Answers(params (string Class, int Rows)[] spread) =>
        [.. spread.SelectMany(s => Enumerable.Repeat(new Answer(s.Class, [1]), s.Rows))];
}
