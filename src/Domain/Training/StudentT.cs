namespace MlOps.Domain.Training;

/// <summary>Student's t for the few folds of a cross-validation.</summary>
internal static class StudentT
{
    private static readonly double[] TwoSided95 =
    [
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093,
    ];

    /// <summary>The 97.5 % quantile; that of the last entry, 19, beyond.</summary>
    public static double Quantile975(int degrees) => TwoSided95[Math.Clamp(degrees, 1, TwoSided95.Length) - 1];
}
