using ScrollSeg.Sam.Training;

namespace ScrollSeg.Cli.Training;

/// <summary>What <c>--auto-label</c> and its kin ask for.</summary>
/// <param name="Volume">The volume to predict; <see langword="null"/> for the configuration's image.</param>
/// <param name="Settings">What is sure enough.</param>
/// <param name="Groups">Tuples that speak for each slice; several of them have to agree.</param>
/// <param name="LabelsOnly">Whether to stop once the labels are there.</param>
internal sealed record AutoLabelRequest(string? Volume, ConfidenceSettings Settings, int Groups, bool LabelsOnly);
