namespace MlOps.Learning.Trainers.Boosting;

/// <summary>The sections of a tree model, and the checks that make walking its trees safe.</summary>
internal sealed class TreeModelFormat : IModelFormat
{
    public const string Name = "trees";

    public string Kind => Name;

    public static ModelContent Content(ModelHeader header, TreeEnsemble trees) => new ModelContent(header)
        .Add<TreeNode>("nodes", trees.Nodes)
        .Add<int>("roots", trees.Roots)
        .Add<uint>("sets", trees.Sets)
        .Add<double>("start", trees.Start)
        .Add<float>("cover", trees.Cover)
        .Add<float>("gain", trees.Gain);

    /// <summary>The sections as they are; <see cref="Read"/> checks them.</summary>
    public static TreeEnsemble Trees(ModelContent content) => new(
        content.Get<TreeNode>("nodes"),
        content.Get<int>("roots"),
        content.Get<uint>("sets"),
        content.Get<double>("start"),
        content.Get<float>("cover"),
        content.Get<float>("gain"));

    public IModel Read(ModelContent content)
    {
        TreeEnsemble trees = Trees(content);
        ModelSignature signature = content.Header.Signature;
        int outputs = signature.Task == LearningTask.Multiclass ? signature.Classes.Count : 1;
        if (trees.Start.Length != outputs || outputs == 0 || trees.Cover.Length != trees.Nodes.Length || trees.Gain.Length != trees.Nodes.Length)
            throw ModelFile.Damaged("its sections differ in length");
        if (trees.Roots.FirstOrDefault(r => (uint)r >= trees.Nodes.Length, -1) is >= 0 or < -1)
            throw ModelFile.Damaged("a tree begins outside of its nodes");
        for (int i = 0; i < trees.Nodes.Length; i++)
            Check(trees, i, signature.Inputs);
        return new TreeModel(content.Header, trees);
    }

    /// <summary>Children come after their parent, so that every walk ends.</summary>
    private static void Check(TreeEnsemble trees, int index, IReadOnlyList<FeatureSignature> inputs)
    {
        TreeNode node = trees.Nodes[index];
        if (node.IsLeaf)
            return;
        if (node.Left <= index || node.Left >= trees.Nodes.Length - 1 || node.Input >= inputs.Count)
            throw ModelFile.Damaged($"node {index} points outside of it");
        if (node.IsCategory && !(node.Value >= 0 && node.Value < trees.Sets.Length && trees.Sets[(int)node.Value] < trees.Sets.Length - (int)node.Value))
            throw ModelFile.Damaged($"node {index} has no set of levels");
        if (node.IsCategory && trees.Sets[(int)node.Value] * 32L < (inputs[node.Input].Levels?.Count ?? 0))
            throw ModelFile.Damaged($"node {index} has a set that is too small for the levels of '{inputs[node.Input].Name}'");
        if (double.IsNaN(node.Value))
            throw ModelFile.Damaged($"node {index} divides at NaN");
    }
}
