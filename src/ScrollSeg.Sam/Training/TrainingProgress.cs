namespace ScrollSeg.Sam.Training;

/// <summary>Where a training stands, for whoever watches it.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="Loss">Mean loss of the last few.</param>
/// <param name="ValidationDice">Dice of the last validation; null before the first.</param>
/// <param name="Seconds">Time since this process began to train.</param>
public sealed record TrainingProgress(long Step, long Steps, double Loss, double? ValidationDice, double Seconds);
