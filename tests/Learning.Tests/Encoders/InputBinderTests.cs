using MlOps.Learning.Tables;
using MlOps.Learning.Tests.Trainers;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Tests.Encoders;

public sealed class InputBinderTests
{
    private static readonly Table Rows = Make.Mixed(300);
    private static readonly IModel Model = Make.Fit("gbdt", Make.MixedSpec(LearningTask.Regression, ("trees", 5)), Rows);

    [Fact]
    public void Score_OtherOrderAndMoreColumns_SameScores()
    {
        Table shuffled = Rows.Select(["e", "y", "c", "b", "d", "a"]).With(new TextColumn("note", new string?[300]));
        Assert.Equal(Model.Score(Rows).Scores, Model.Score(shuffled).Scores);
    }

    [Fact]
    public void Score_SeveralWrongColumns_NamesThemAll()
    {
        Table wrong = new(
        [
            CategoryColumn.From("a", ["1.5", "2"]),
            new NumberColumn("b", [1, double.PositiveInfinity]),
            CategoryColumn.From("c", ["a", "b"]),
            new NumberColumn("d", [0, 2]),
        ]);
        MlOpsException error = Assert.Throws<MlOpsException>(() => Model.Score(wrong));
        Assert.Equal((ErrorKind.Invalid, "model-input"), (error.Kind, error.Code));
        Assert.Equal(
            "rows do not fit the model's inputs: column 'a' is category ('1.5' in row 1), the model expects number; "
            + "column 'b' is infinite in row 2, the model expects finite numbers or missing; "
            + "column 'd' is number ('0' in row 1), the model expects boolean; "
            + "column 'e' is absent",
            error.Message);
    }

    [Fact]
    public void Score_ConvertibleTypes_ScoreAsTheirValues()
    {
        Table table = new([new NumberColumn("n", [0, 1, 1, 0]), CategoryColumn.From("c", ["1", "2", "1", "true"]), new NumberColumn("y", [1, 2, 3, 4])]);
        IModel model = Make.Fit("linear", Make.Spec(LearningTask.Regression, "y"), table);
        Table converted = new([new BooleanColumn("n", [0, 1]), new NumberColumn("c", [1, 2])]);
        Assert.Equal(model.Score(table).Scores[..2], model.Score(converted).Scores);
        Table booleans = new([new BooleanColumn("n", [0]), new BooleanColumn("c", [1])]);
        Assert.Equal(model.Score(table).Scores[3], model.Score(booleans).Scores[0]);
    }

    [Fact]
    public void Score_NumbersForBoolean_ZeroAndOneAreTaken() =>
        Assert.Equal(
            Model.Score(Rows).Scores,
            Model.Score(Rows.With(new NumberColumn("d", [.. ((BooleanColumn)Rows["d"]).Values.ToArray().Select(v => (double)v)]))).Scores);

    [Fact]
    public void Score_ColumnWithoutValues_IsMissingWhateverItsType()
    {
        Table text = Rows.With(new TextColumn("b", new string?[300]));
        Table numbers = Rows.With(new NumberColumn("b", [.. Enumerable.Repeat(double.NaN, 300)]));
        Assert.Equal(Model.Score(numbers).Scores, Model.Score(text).Scores);
    }

    [Fact]
    public void Score_LargeDictionaryOfFewRows_FindsTheLevels()
    {
        var source = (CategoryColumn)Rows["c"];
        string[] many = [.. Enumerable.Range(0, 5_000).Select(i => $"other {i}"), .. source.Levels];
        int[] codes = [.. source.Codes.ToArray().Select(c => c < 0 ? c : c + 5_000)];
        Assert.Equal(Model.Score(Rows).Scores, Model.Score(Rows.With(new CategoryColumn("c", codes, many))).Scores);
    }

    [Fact]
    public void Signature_OfTraining_KnowsUsedLevelsInOrder()
    {
        FeatureSignature category = Model.Signature.Inputs[2];
        Assert.Equal(["a", "b", "c", "d", "e", "f", "g", "h"], category.Levels);
        Assert.Equal([false, true, true, false, false], Model.Signature.Inputs.Select(i => i.Optional));
    }
}
