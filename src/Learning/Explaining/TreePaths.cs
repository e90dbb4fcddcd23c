using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Explaining;

/// <summary>The edge that leads into a node, seen with those above it that ask for the same input.</summary>
/// <param name="Same">The node of the nearest such edge above, or -1.</param>
/// <param name="Fraction">Share of the training weight that goes the way of all of them: the product over the edges of the cover of the child by that of both children.</param>
internal readonly record struct PathEdge(int Same, double Fraction);

/// <summary>What explanations need of one tree whatever the row.</summary>
/// <param name="Root">Its first node; it has those up to <paramref name="End"/>.</param>
/// <param name="Mean">Mean of the leaves, weighted by cover.</param>
/// <param name="Inputs">Most distinct inputs that a path asks for.</param>
internal readonly record struct PathTree(int Root, int End, double Mean, int Inputs);

/// <summary>The paths of an ensemble.</summary>
/// <param name="Edges">By node; that of a root says nothing.</param>
internal sealed record TreePaths(PathTree[] Trees, PathEdge[] Edges)
{
    public long HeldBytes => MemorySize.Object(16) + MemorySize.Array(Trees) + MemorySize.Array(Edges);

    /// <exception cref="MlOpsException">Invalid <c>model-file</c>: trees are not one behind the other, or a node has not one parent in its own tree.</exception>
    public static TreePaths Of(TreeEnsemble trees) => new TreePathReader(trees).Read();
}
