namespace MlOps.Learning.Trainers.Binned;

/// <summary>A trainer that sees a number only as the bin it falls into.</summary>
internal interface IBinLearner : ITrainer
{
    /// <summary>Most bins of a number.</summary>
    int Bins(TrainerParameters parameters);

    /// <summary>Which of so many training rows are learned from, ascending: of these the bins have about equal shares. Null: all of them.</summary>
    int[]? Learned(TrainingSpec spec, TrainerParameters parameters, int rows);
}
