namespace MlOps.Learning.Trainers;

/// <summary>What a model makes of its sums. Explanations speak of the sums.</summary>
public enum OutputLink
{
    Identity,

    /// <summary>1 / (1 + e^-x).</summary>
    Sigmoid,

    /// <summary>e^x over the sum of all outputs' e^x.</summary>
    Softmax,

    /// <summary>e^x, of models that add up the logarithm: Poisson, gamma, Tweedie.</summary>
    Exponential,

    /// <summary>log(1 + e^x).</summary>
    SoftPlus,

    /// <summary>x |x|, of models that add up the root.</summary>
    SignedSquare,

    /// <summary>1 above 0, else 0: a decision without a probability.</summary>
    Step,
}
