namespace ScrollSeg.Segmentation.Runs;

/// <summary>A run was asked to stop, stopped cleanly, and has units left: the same command goes on.</summary>
public sealed class RunStoppedException(string message) : Exception(message);
