namespace MlOps.Learning.Trainers.Boosting;

/// <summary>The numbers that an ensemble's nodes compare with, by input, each once and in ascending order.</summary>
internal static class Thresholds
{
    /// <summary>Null where a node asks for a level.</summary>
    /// <param name="width">Numbers a row has.</param>
    public static double[][]? Of(ModelArray<TreeNode> nodes, int width)
    {
        var counts = new int[width];
        for (int i = 0; i < nodes.Length; i++)
        {
            TreeNode node = nodes[i];
            if (node is { IsLeaf: false, IsCategory: true })
                return null;
            if (!node.IsLeaf)
                counts[node.Input]++;
        }

        double[][] values = [.. counts.Select(count => new double[count])];
        for (int i = nodes.Length - 1; i >= 0; i--)
        {
            if (nodes[i] is { IsLeaf: false } node)
                values[node.Input][--counts[node.Input]] = node.Value;
        }

        return [.. values.Select(Distinct)];
    }

    private static double[] Distinct(double[] values)
    {
        Array.Sort(values);
        int kept = 0;
        for (int i = 0; i < values.Length; i++)
        {
            if (i == 0 || values[i] != values[i - 1])
                values[kept++] = values[i];
        }

        return values[..kept];
    }
}
