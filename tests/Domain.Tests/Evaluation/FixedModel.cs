using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Evaluation;

/// <summary>A model whose score is the number column "score" as it stands, so that a test knows every prediction.</summary>
internal sealed class FixedModel(LearningTask task = LearningTask.Binary) : IModel
{
    public ModelSignature Signature { get; } = new(task, "y", [new FeatureSignature("score", ColumnType.Number, false)], task == LearningTask.Regression ? [] : ["no", "yes"]);

    public string Trainer => "fixed";

    public IReadOnlyList<FeatureImportance> Importance => [];

    public Predictions Score(Table rows) => new(Signature.Task, Signature.Classes, ((NumberColumn)rows["score"]).Values.ToArray());

    public void Save(Stream destination) => throw new NotSupportedException();
}
