namespace ScrollSeg.Evaluation.Experiments;

/// <summary>One thing that an experiment varies.</summary>
/// <param name="Name">What it is called, for example <c>strategy</c>.</param>
/// <param name="Values">What it takes.</param>
public sealed record MatrixAxis(string Name, IReadOnlyList<MatrixValue> Values);

/// <summary>One value of an axis.</summary>
/// <param name="Name">What reports call it.</param>
/// <param name="Options">The options of <c>segment</c> that it stands for, without dashes; or <c>train</c>, a training file whose weights become
/// the model.</param>
public sealed record MatrixValue(string Name, IReadOnlyList<(string Option, string Value)> Options);
