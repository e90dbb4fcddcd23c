using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Tests.Explaining;

/// <summary>Shapley values by their definition: every subset of inputs, valued by a function that the test gives.</summary>
internal static class BruteForce
{
    public static double[] Shapley(int inputs, Func<int, double> valueOf)
    {
        double[] worth = [.. Enumerable.Range(0, 1 << inputs).Select(valueOf)];
        var shapley = new double[inputs];
        for (int subset = 0; subset < worth.Length; subset++)
        {
            double weight = Weight(int.PopCount(subset), inputs);
            for (int i = 0; i < inputs; i++)
            {
                if ((subset >> i & 1) == 0)
                    shapley[i] += weight * (worth[subset | 1 << i] - worth[subset]);
            }
        }

        return shapley;
    }

    /// <summary>Shapley interaction index of two inputs (Grabisch and Roubens 1999).</summary>
    public static double Interaction(int inputs, int i, int j, Func<int, double> valueOf)
    {
        double[] worth = [.. Enumerable.Range(0, 1 << inputs).Select(valueOf)];
        int pair = (1 << i) | (1 << j);
        double index = 0;
        for (int subset = 0; subset < worth.Length; subset++)
        {
            if ((subset & pair) == 0)
                index += Weight(int.PopCount(subset), inputs - 1) * (worth[subset | pair] - worth[subset | 1 << i] - worth[subset | 1 << j] + worth[subset]);
        }

        return index;
    }

    /// <summary>Lundberg, Erion and Lee's algorithm 1: what a tree expects when only the inputs of a subset are known.</summary>
    public static double Expect(TreeEnsemble trees, int node, double[] row, int known)
    {
        TreeNode at = trees.Nodes[node];
        if (at.IsLeaf)
            return at.Value;
        if ((known >> at.Input & 1) != 0)
            return Expect(trees, at.Left + (trees.GoesLeft(at, row) ? 0 : 1), row, known);
        double left = trees.Cover[at.Left];
        double right = trees.Cover[at.Left + 1];
        double share = left + right > 0 ? left / (left + right) : 0.5;
        return (share * Expect(trees, at.Left, row, known)) + ((1 - share) * Expect(trees, at.Left + 1, row, known));
    }

    private static double Weight(int size, int inputs) => Factorial(size) * Factorial(inputs - size - 1) / Factorial(inputs);

    private static double Factorial(int n) => n < 2 ? 1 : n * Factorial(n - 1);
}
