namespace MlOps.Learning.Trainers.Boosting;

/// <summary>The sections of a tree model, and the checks that make walking its trees safe.</summary>
internal sealed class TreeModelFormat : IModelFormat
{
    public const string Name = "trees";

    public string Kind => Name;

    public static ModelContent Content(ModelHeader header, TreeEnsemble trees) => new ModelContent(header)
        .AddArray("nodes", trees.Nodes)
        .Add<int>("roots", trees.Roots)
        .AddArray("sets", trees.Sets)
        .Add<double>("start", trees.Start)
        .AddArray("cover", trees.Cover)
        .AddArray("gain", trees.Gain);

    /// <summary>The sections, so that trees may be walked without looking where they lead.</summary>
    /// <exception cref="MlOpsException">Invalid <c>model-file</c>: they are not those of trees of such inputs.</exception>
    public static TreeEnsemble Trees(ModelContent content, IReadOnlyList<FeatureSignature> inputs)
    {
        TreeEnsemble trees = Sections(content);
        if (trees.Cover.Length != trees.Nodes.Length || trees.Gain.Length != trees.Nodes.Length)
            throw ModelFile.Damaged("its sections differ in length");
        if (Array.Exists(trees.Roots, r => (uint)r >= trees.Nodes.Length))
            throw ModelFile.Damaged("a tree begins outside of its nodes");
        for (int i = 0; i < trees.Nodes.Length; i++)
            Check(trees, i, inputs);
        return trees;
    }

    private static TreeEnsemble Sections(ModelContent content) => new(
        content.View<TreeNode>("nodes"),
        content.Get<int>("roots"),
        content.View<uint>("sets"),
        content.Get<double>("start"),
        content.View<float>("cover"),
        content.View<float>("gain"));

    public IModel Read(ModelContent content)
    {
        ModelSignature signature = content.Header.Signature;
        TreeEnsemble trees = Trees(content, signature.Inputs);
        int outputs = signature.Task == LearningTask.Multiclass ? signature.Classes.Count : 1;
        if (trees.Start.Length != outputs || outputs == 0)
            throw ModelFile.Damaged("its sections differ in length");
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
