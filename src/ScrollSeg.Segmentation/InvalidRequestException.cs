namespace ScrollSeg.Segmentation;

/// <summary>What was asked for contradicts the volume, the model or itself: exit code 2, nothing was started.</summary>
public sealed class InvalidRequestException(string message) : Exception(message);
