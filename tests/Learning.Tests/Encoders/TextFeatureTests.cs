using MlOps.Learning.Encoders;
using MlOps.Learning.Tables;
using MlOps.Learning.Tests.Trainers;
using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Linear;

namespace MlOps.Learning.Tests.Encoders;

/// <summary>Free text for the trainers of other assemblies that can use it.</summary>
public sealed class TextFeatureTests
{
    private static readonly Table Rows = new(
    [
        new TextColumn("note", ["good", null, "bad"]),
        new NumberColumn("x", [1, 2, double.NaN]),
        new NumberColumn("y", [1, 2, 3]),
    ]);

    private static readonly TrainingSet Set = TrainingSet.From(Make.Spec(LearningTask.Regression, "y"), Rows, takesText: true);

    [Fact]
    public void From_TrainerThatTakesText_KeepsItInTheSignature() => Assert.Equal(
        [new FeatureSignature("note", ColumnType.Text, Optional: true), new FeatureSignature("x", ColumnType.Number, Optional: true)],
        Set.Signature.Inputs);

    [Fact]
    public void Bind_Text_ReadsAsMissingNumbersAndAsItsText()
    {
        var text = Assert.IsType<FreeTextReader>(Set.Inputs[0]);
        Assert.Equal(["good", null, "bad"], Enumerable.Range(0, 3).Select(text.Text));
        Assert.All(Set.Inputs.ReadColumn(0), v => Assert.True(double.IsNaN(v)));
    }

    [Fact]
    public void Bind_NumberForText_GivesItsText()
    {
        BoundInputs bound = Set.Binder.Bind(Rows.With(new NumberColumn("note", [1, 2.5, double.NaN])));
        Assert.Equal(["1", "2.5", null], Enumerable.Range(0, 3).Select(((FreeTextReader)bound[0]).Text));
    }

    [Fact]
    public void Encode_Text_HasNoColumn()
    {
        var workers = new Workers(1, CancellationToken.None);
        var encoding = LinearEncoding.Fit(Set.Inputs, Set.Signature.Inputs, workers);
        Assert.Equal((2, 2), (encoding.Dense, encoding.Columns));
        var matrix = DesignMatrix.From(Set.Inputs, encoding, workers);
        Assert.Equal([0, 1], matrix.Dense(2).ToArray());
    }
}
