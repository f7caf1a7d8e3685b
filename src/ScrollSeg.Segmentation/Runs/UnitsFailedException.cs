namespace ScrollSeg.Segmentation.Runs;

/// <summary>Some units failed and were set aside; the others are done.</summary>
public sealed class UnitsFailedException(string message) : Exception(message);
