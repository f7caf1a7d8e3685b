namespace ScrollSeg.Segmentation.Runs;

/// <summary>The output or the run folder belongs to something else: exit code 78.</summary>
public sealed class RunConflictException(string message) : Exception(message);
