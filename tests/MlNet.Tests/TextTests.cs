using MlOps.Learning;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.MlNet.Tests;

public sealed class TextTests
{
    private static readonly string[] Good = ["great service", "very happy", "works well", "quick and friendly", "will come back"];
    private static readonly string[] Bad = ["never again", "very slow", "broke at once", "rude and late", "want my money back"];
    private static readonly string[] Filler = ["the shop", "on monday", "my order", "a parcel", "two items", "in the city"];

    public static TheoryData<string, LearningTask> All => Fits.All;

    public static TheoryData<string> Families => [.. Fits.Families];

    [Theory]
    [MemberData(nameof(All))]
    public void Fit_TextDecides_IsLearnt(string family, LearningTask task)
    {
        (Table training, Table test) = Fits.Split(Reviews(600));
        IModel model = Fits.Fit(family, Spec(family, task), training);
        (string metric, double least) = task switch
        {
            LearningTask.Binary => ("auc", 0.95),
            LearningTask.Multiclass => ("accuracy", 0.8),
            _ => ("r2", 0.5),
        };
        Assert.True(Fits.Metrics(model, test).Find(metric) > least, $"{metric} {Fits.Metrics(model, test).Find(metric):F3}");
        Assert.Equal("review", model.Importance[0].Feature);
        Assert.Equal(ColumnType.Text, model.Signature.Inputs[0].Type);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Load_ModelWithText_ScoresAndSavesAlike(string family)
    {
        Table rows = Reviews(200);
        IModel model = Fits.Fit(family, Spec(family, LearningTask.Binary), rows);
        byte[] file = Fits.Bytes(model);
        Assert.Equal(file, Fits.Bytes(Fits.Fit(family, Spec(family, LearningTask.Binary), rows)));
        Assert.Equal(model.Score(rows).Scores, Fits.Load(file).Score(rows).Scores);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Score_MissingEmptyAndUnknownText_GivesAScore(string family)
    {
        IModel model = Fits.Fit(family, Spec(family, LearningTask.Binary), Reviews(200));
        var odd = new Table([new TextColumn("review", [null, "", "zzz qqq", "великий !?"]), new NumberColumn("noise", [1, 2, double.NaN, 4])]);
        Assert.All(model.Score(odd).Scores, s => Assert.InRange(s, 0, 1));
    }

    [Fact]
    public void Fit_TextAlone_NeedsNoNumbers()
    {
        Table rows = Reviews(200);
        IModel model = Fits.Fit("mlnet.lightgbm", Spec("mlnet.lightgbm", LearningTask.Binary) with { Features = ["review"] }, rows);
        Assert.True(Fits.Metrics(model, rows).Find("auc") > 0.9);
    }

    [Fact]
    public void Fit_TwoTexts_AreToldApart()
    {
        Table rows = Reviews(300);
        rows = rows.With(new TextColumn("other", [.. Enumerable.Range(0, 300).Select(i => rows["review"].Format((i * 7) % 300))]));
        IModel model = Fits.Fit("mlnet.sdca", Spec("mlnet.sdca", LearningTask.Binary) with { Features = ["other", "review"] }, rows);
        Assert.Equal("review", model.Importance[0].Feature);
        Assert.True(model.Importance[0].Share > 0.8);
    }

    /// <summary>`review` decides `liked`, `stars` (3 classes) and `score`; `noise` decides nothing.</summary>
    private static Table Reviews(int count)
    {
        var random = new SeededRandom(3);
        int[] mood = [.. Enumerable.Range(0, count).Select(_ => random.Next(3))];
        string?[] texts = [.. mood.Select(m => string.Join(' ', Filler[random.Next(6)], (m == 2 ? Good : m == 0 ? Bad : Filler)[random.Next(5)], Filler[random.Next(6)]))];
        return new Table(
        [
            new TextColumn("review", texts),
            new NumberColumn("noise", [.. mood.Select(_ => random.NextGaussian())]),
            CategoryColumn.From("liked", mood.Select(m => m == 2 ? "yes" : "no")),
            CategoryColumn.From("stars", mood.Select(m => $"{(2 * m) + 1} stars")),
            new NumberColumn("score", [.. mood.Select(m => m + 1.0)]),
        ]);
    }

    private static TrainingSpec Spec(string family, LearningTask task) => Fits.Spec(
        task,
        task switch { LearningTask.Binary => "liked", LearningTask.Multiclass => "stars", _ => "score" },
        family switch
        {
            "mlnet.fastforest" => [("trees", 30), ("minLeafRows", 2)],
            "mlnet.fasttree" or "mlnet.lightgbm" => [("trees", 30), ("minLeafRows", 5)],
            "mlnet.gam" => [("iterations", 300), ("learningRate", 0.1)],
            _ => Fits.Few(family),
        }) with
    {
        Features = ["review", "noise"],
    };
}
