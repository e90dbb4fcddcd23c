namespace MlOps.Learning.Trainers.Boosting;

/// <summary>Where the questions and the leaves of a tree begin that is laid out complete: 2^Depth - 1 and 2^Depth of them.</summary>
internal readonly record struct CompleteTree(int Depth, int FirstQuestion, int FirstLeaf);
