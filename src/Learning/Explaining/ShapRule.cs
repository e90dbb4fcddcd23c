namespace MlOps.Learning.Explaining;

/// <summary>The quadrature for paths of so many distinct inputs, with what edges make of its nodes t whatever their share.</summary>
internal sealed class ShapRule
{
    /// <param name="inputs">Most distinct inputs of a path.</param>
    public ShapRule(int inputs)
    {
        var rule = GaussLegendre.ForDegree(Math.Max(0, inputs - 1));
        (Nodes, Weights) = (rule.Nodes, rule.Weights);
        Apart = [.. Nodes.Select(t => 1 - t)];
        WorthApart = [.. Nodes.Zip(Weights, (t, w) => -w / (1 - t))];
        Nothing = new double[Nodes.Length];
    }

    public double[] Nodes { get; }

    public double[] Weights { get; }

    /// <summary>1 - t: the factor of an edge that the row does not go along, over its share.</summary>
    public double[] Apart { get; }

    /// <summary>What an edge that the row does not go along is worth to its input, over the sum below it: its weight times -z / (z (1 - t)).</summary>
    public double[] WorthApart { get; }

    /// <summary>The same of an edge that no training row went along.</summary>
    public double[] Nothing { get; }
}
