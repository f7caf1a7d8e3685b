namespace ScrollSeg.Segmentation.Propagation;

/// <summary>What is reached from one seed.</summary>
/// <param name="Seed">The slice.</param>
/// <param name="Up">Targets above it, in the order in which they are reached.</param>
/// <param name="Down">Targets below it, in the order in which they are reached.</param>
public sealed record PropagationWalk(int Seed, IReadOnlyList<int> Up, IReadOnlyList<int> Down);
