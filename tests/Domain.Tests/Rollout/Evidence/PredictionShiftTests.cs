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

    private static Comparison Shift(IReadOnlyCollection<Answer> canary) => PredictionShift.Of(Champion, canary, Answers(("a", 100), ("b", 100), ("c", 100)));

    private static Answer[] Answers(params (string Class, int Rows)[] spread) =>
        [.. spread.SelectMany(s => Enumerable.Repeat(new Answer(s.Class, [1]), s.Rows))];
}
