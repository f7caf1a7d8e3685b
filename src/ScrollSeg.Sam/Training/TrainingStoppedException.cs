namespace ScrollSeg.Sam.Training;

/// <summary>Training came to numbers that are none: the data or the settings are at fault, the last checkpoint is good.</summary>
public sealed class TrainingStoppedException(string message) : ArithmeticException(message);
