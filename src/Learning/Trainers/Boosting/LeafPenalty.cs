using System.Runtime.Intrinsics;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>Between which values the leaves below a node must stay, so that a monotone feature above them keeps its direction.</summary>
internal readonly record struct LeafBounds(double Lower, double Upper)
{
    public static LeafBounds None { get; } = new(double.NegativeInfinity, double.PositiveInfinity);

    public double Clamp(double value) => Math.Clamp(value, Lower, Upper);
}

/// <summary>
/// What leaves are worth under G w + (H + l2) w^2 / 2 + l1 |w| (Chen and Guestrin 2016, eq. 5, with L1). Scores are twice what the best w
/// takes away; sums are (gradient, hessian).
/// </summary>
internal readonly record struct LeafPenalty(double L1, double L2)
{
    public double Shrink(double gradient) => L1 == 0 ? gradient : Math.CopySign(Math.Max(Math.Abs(gradient) - L1, 0), gradient);

    public Vector256<double> Shrink(Vector256<double> gradient) => L1 == 0
        ? gradient
        : Vector256.CopySign(Vector256.Max(Vector256.Abs(gradient) - Vector256.Create(L1), Vector256<double>.Zero), gradient);

    /// <summary>The best w.</summary>
    public double Weight(Vector128<double> sum)
    {
        double weight = sum[1] + L2;
        return weight > 0 ? -Shrink(sum[0]) / weight : 0;
    }

    /// <summary>Of the best w.</summary>
    public double Score(Vector128<double> sum)
    {
        double weight = sum[1] + L2, gradient = Shrink(sum[0]);
        return weight > 0 ? gradient * gradient / weight : 0;
    }

    /// <summary>Of a given w.</summary>
    public double Score(Vector128<double> sum, double w) => -((2 * sum[0] * w) + ((sum[1] + L2) * w * w) + (2 * L1 * Math.Abs(w)));

    public LeafPenalty With(double moreL2) => this with { L2 = L2 + moreL2 };
}
