using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Linear;

namespace MlOps.Learning.Importing.Xgboost;

/// <summary>The booster <c>gblinear</c>: a weight for each input and output, then a bias for each output. A missing value adds nothing.</summary>
internal static class XgboostLinear
{
    public static IModel Read(XgboostHead head, ImportOptions options)
    {
        if (options.Rounds is not null)
            throw ImportErrors.Option("a linear model has no rounds to keep");
        FeatureSignature[] inputs = [.. head.Names(options).Select(name => ImportedInputs.Number(name, options))];
        long cells = (head.Features + 1L) * head.Outputs;
        double[] weights = head.Booster["model"]["weights"].Numbers;
        if (weights.Length != cells)
            throw ImportErrors.Damaged($"it has {weights.Length:N0} weights, {head.Features} inputs and {head.Outputs} outputs need {cells:N0}");
        int slopes = head.Features * head.Outputs;

        // Of a list, which files since 3.1 have, all outputs get the first (gblinear.cc, PredictBatchInternal).
        double[] intercepts = [.. Enumerable.Range(0, head.Outputs).Select(k => head.Start[0] + weights[slopes + k])];
        bool pair = head is { Objective.Task: LearningTask.Multiclass, Outputs: 2 };
        LearningTask task = pair ? LearningTask.Binary : head.Objective.Task;
        ModelSignature signature = ImportedInputs.Signature(task, inputs, head.Left("classes"), head.Outputs, options);
        var header = new ModelHeader(LinearModelFormat.Name, "xgboost", signature, new Dictionary<string, double>(), new Dictionary<string, double>(), [])
        {
            Link = pair ? OutputLink.Sigmoid : head.Objective.Link,
        };
        return new LinearModel(header, pair
            ? new LinearWeights(LinearEncoding.Plain(head.Features), Differences(weights.AsSpan(0, slopes)), [intercepts[1] - intercepts[0]])
            : new LinearWeights(LinearEncoding.Plain(head.Features), weights[..slopes], intercepts));
    }

    /// <summary>The softmax of two sums is the sigmoid of their difference.</summary>
    private static double[] Differences(ReadOnlySpan<double> weights)
    {
        var differences = new double[weights.Length / 2];
        for (int i = 0; i < differences.Length; i++)
            differences[i] = weights[(2 * i) + 1] - weights[2 * i];
        return differences;
    }
}
