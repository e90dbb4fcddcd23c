namespace MlOps.Learning.Trainers;

/// <summary>What is predicted.</summary>
public enum LearningTask
{
    /// <summary>One of two classes; scores are the probability of the positive class.</summary>
    Binary,

    /// <summary>One of three or more classes; scores are a probability per class.</summary>
    Multiclass,

    /// <summary>A number.</summary>
    Regression,
}
