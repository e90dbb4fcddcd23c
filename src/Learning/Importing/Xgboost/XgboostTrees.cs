using MlOps.Learning.Importing.Documents;
using MlOps.Learning.Importing.Trees;
using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Importing.Xgboost;

/// <summary>The boosters <c>gbtree</c> and <c>dart</c>, of which the latter weighs each tree.</summary>
internal static class XgboostTrees
{
    public static IModel Read(XgboostHead head, ImportOptions options, out string? note)
    {
        Place model = (head.Booster.Find("gbtree") ?? head.Booster)["model"];
        Place[] places = [.. model["trees"].Items];
        int[] outputs = model["tree_info"].WholeOf(places.Length);
        int kept = Kept(model, head, places.Length, options, out note);
        XgboostTree[] read = [.. places.Take(kept).Select(p => new XgboostTree(p, head.Features))];
        FeatureSignature[] inputs = Inputs(head, read, XgboostCategories.Read(model.Find("cats"), head.Features), options);
        double[] weights = Weights(head.Booster.Find("weight_drop") ?? model.Find("weight_drop"), places.Length);

        // The softmax of two sums is the sigmoid of their difference.
        bool pair = head is { Objective.Task: LearningTask.Multiclass, Outputs: 2 };
        var trees = new TreeAssembler(head.Features, pair ? 1 : head.Outputs, options.Memory);
        for (int i = 0; i < read.Length; i++)
        {
            if ((uint)outputs[i] >= head.Outputs)
                throw ImportErrors.Damaged($"tree {i} adds to output {outputs[i]}, there are {head.Outputs}");
            double sign = pair && outputs[i] == 0 ? -1 : 1;
            trees.Add(pair ? 0 : outputs[i], read[i].Nodes(trees, sign * weights[i], input => inputs[input].Levels?.Count ?? 0), $"tree {i}");
        }

        LearningTask task = pair ? LearningTask.Binary : head.Objective.Task;
        ModelSignature signature = ImportedInputs.Signature(task, inputs, head.Left("classes"), head.Outputs, options);
        double[] start = pair ? [head.Start[1] - head.Start[0]] : head.Start;
        return new TreeModel(
            new ModelHeader(TreeModelFormat.Name, "xgboost", signature, new Dictionary<string, double>(), new Dictionary<string, double> { ["trees"] = read.Length }, trees.Importance(inputs))
            {
                Link = pair ? OutputLink.Sigmoid : head.Objective.Link,
            },
            trees.Build(start));
    }

    private static int Kept(Place model, XgboostHead head, int trees, ImportOptions options, out string? note)
    {
        int perRound = Math.Max(1, model["gbtree_model_param"].Find("num_parallel_tree")?.Count ?? 1) * head.Outputs;
        int rounds = trees / perRound;
        note = null;
        if (options.Rounds is { } wanted)
            return wanted >= 1 && wanted <= rounds ? wanted * perRound : throw ImportErrors.Option($"the model has {rounds} rounds, {wanted} cannot be kept");
        if (head.BestRound is { } best && best < rounds)
            note = $"training stopped early and found round {best} of {rounds} best; all {rounds} are used, as by Booster.predict, while XGBoost's scikit-learn classes use {best}: import with rounds = {best} for that";
        return trees;
    }

    private static double[] Weights(Place? place, int trees)
    {
        var weights = new double[trees];
        Array.Fill(weights, 1);
        if (place?.Numbers is { } given)
        {
            if (given.Length > trees)
                throw ImportErrors.Damaged($"it weighs {given.Length} trees and has {trees}");
            for (int i = 0; i < given.Length; i++)
                weights[i] = (float)given[i];
        }

        return weights;
    }

    private static FeatureSignature[] Inputs(XgboostHead head, XgboostTree[] trees, IReadOnlyList<string>?[] levels, ImportOptions options)
    {
        IReadOnlyList<string> names = head.Names(options);
        var codes = new int[names.Count];
        var numbers = new bool[names.Count];
        foreach (XgboostTree tree in trees)
        {
            foreach ((int input, int code) in tree.Categories)
                codes[input] = Math.Max(codes[input], code + 1);
            foreach (int input in tree.Numbers)
                numbers[input] = true;
        }

        for (int i = 0; i < names.Count; i++)
        {
            // In our own exports a set that would be empty has a code that is no level's.
            if (levels[i] is null && head.Left($"levels.{names[i]}") is { Count: > 0 } left)
                (levels[i], codes[i]) = (left, Math.Min(codes[i], left.Count));
        }

        ImportedInputs.CheckLevels(codes.Select((count, i) => count > 0 || head.IsCategory(i) ? Math.Max(count, ImportedInputs.UnnamedLevels) : 0L).Sum());
        return [.. names.Select((name, i) => codes[i] == 0 && !head.IsCategory(i)
            ? ImportedInputs.Number(name, options)
            : numbers[i]
                ? throw ImportErrors.Unsupported($"'{name}' is a category in some splits and a number in others")
                : ImportedInputs.Category(name, levels[i], codes[i], options))];
    }
}
