using System.Globalization;
using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Importing.Onnx;

/// <summary>A model operator as sums for each output, by trees or by weights, and what it makes of them.</summary>
/// <param name="Trees">Null where it is linear.</param>
/// <param name="Linear">Null where it is trees.</param>
/// <param name="One">Of two classes there is one sum, that of the second.</param>
/// <param name="Classes">Empty for a regression.</param>
/// <param name="Post">The attribute <c>post_transform</c>.</param>
internal sealed record OnnxSums(TreeEnsemble? Trees, OnnxWeights? Linear, bool One, IReadOnlyList<string> Classes, string Post)
{
    public int Outputs => Trees?.Start.Length ?? Linear!.Intercepts.Length;

    /// <summary>Classes of a classifier by either attribute.</summary>
    public static IReadOnlyList<string> Labels(OnnxNode node, string numbers) => node.Texts("classlabels_strings") is { Count: > 0 } texts
        ? texts
        : [.. node.Wholes(numbers).Select(n => n.ToString(CultureInfo.InvariantCulture))];

    /// <summary>Scores of a row, one for each class or target, of its sums.</summary>
    public double[] Scores(ReadOnlySpan<double> sums)
    {
        double[] scores = One ? Both(sums[0]) : sums.ToArray();
        switch (Post)
        {
            case "LOGISTIC":
                Links.Apply(OutputLink.Sigmoid, scores);
                break;
            case "SOFTMAX":
                Links.Softmax(scores);
                break;
            case not "NONE":
                throw ImportErrors.Unsupported($"the transformation '{Post}' of scores is not known: it knows NONE, LOGISTIC and SOFTMAX");
        }

        return scores;
    }

    /// <summary>Trees complete a probability; all else, a score on both sides of 0.</summary>
    private double[] Both(double sum) => [Trees is not null && Post == "NONE" ? 1 - sum : -sum, sum];
}

/// <summary>Weights of a linear operator: column j, output k at j * outputs + k.</summary>
internal sealed record OnnxWeights(double[] Weights, double[] Intercepts)
{
    /// <param name="node">LinearClassifier or LinearRegressor, whose coefficients stand output by output.</param>
    /// <param name="inputs">Columns of the input.</param>
    public static OnnxSums Read(OnnxNode node, int inputs)
    {
        bool classifier = node.Operator == "LinearClassifier";
        IReadOnlyList<double> coefficients = node.Numbers("coefficients"), intercepts = node.Numbers("intercepts");
        IReadOnlyList<string> classes = classifier ? OnnxSums.Labels(node, "classlabels_ints") : [];
        if (inputs == 0 || coefficients.Count == 0 || coefficients.Count % inputs != 0)
            throw ImportErrors.Damaged($"{node} has {coefficients.Count} coefficients for {inputs} inputs");
        int outputs = coefficients.Count / inputs;
        bool one = classifier && outputs == 1 && classes.Count == 2;
        if ((classifier ? !one && outputs != classes.Count : outputs != node.Whole("targets", 1)) || (intercepts.Count > 0 && intercepts.Count != outputs))
            throw ImportErrors.Damaged($"{node} has coefficients for {outputs} outputs, {intercepts.Count} intercepts and {classes.Count} classes");
        var weights = new double[coefficients.Count];
        for (int k = 0; k < outputs; k++)
        {
            for (int j = 0; j < inputs; j++)
                weights[(j * outputs) + k] = coefficients[(k * inputs) + j];
        }

        return new OnnxSums(null, new OnnxWeights(weights, intercepts.Count > 0 ? [.. intercepts] : new double[outputs]), one, classes, node.Text("post_transform", "NONE"));
    }

    public void Sums(ReadOnlySpan<double> row, Span<double> sums)
    {
        Intercepts.CopyTo(sums);
        for (int j = 0; j < row.Length; j++)
        {
            for (int k = 0; k < sums.Length; k++)
                sums[k] += row[j] * Weights[(j * sums.Length) + k];
        }
    }
}
