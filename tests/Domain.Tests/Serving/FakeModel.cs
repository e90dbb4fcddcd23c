using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Serving;

/// <summary>A model whose scores a test writes down. Its signature: a number, an optional category, an optional boolean.</summary>
internal sealed class FakeModel(Func<Table, double[]> score, ModelSignature? signature = null) : IModel
{
    public static readonly ModelSignature Churn = new(
        LearningTask.Binary,
        "Churn",
        [
            new FeatureSignature("tenure", ColumnType.Number, false),
            new FeatureSignature("Contract", ColumnType.Category, true, ["Month-to-month", "One year", "Two year"]),
            new FeatureSignature("Partner", ColumnType.Boolean, true),
        ],
        ["No", "Yes"]);

    public ModelSignature Signature => signature ?? Churn;

    public string Trainer => "fake";

    public IReadOnlyList<FeatureImportance> Importance => [];

    public long? HeldBytes { get; set; }

    public static FakeModel Constant(double score) => new(rows => Enumerable.Repeat(score, rows.RowCount).ToArray());

    public static FakeModel Broken(string message) => new(_ => throw new InvalidOperationException(message));

    public Predictions Score(Table rows) => new(Signature.Task, Signature.Classes, score(rows));

    public void Save(Stream destination) => throw new NotSupportedException();
}
