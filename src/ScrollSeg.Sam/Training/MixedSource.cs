namespace ScrollSeg.Sam.Training;

/// <summary>Examples of two sources in turn.</summary>
/// <param name="first">Gives those of even numbers.</param>
/// <param name="second">Gives those of odd numbers.</param>
public sealed class MixedSource(TrainingSource first, TrainingSource second) : TrainingSource
{
    /// <inheritdoc/>
    public override string Description => $"in turn {first.Description} | {second.Description}";

    /// <inheritdoc/>
    public override bool IsPhantom => first.IsPhantom && second.IsPhantom;

    /// <inheritdoc/>
    protected override ValueTask<TrainingExample> MakeAsync(long number, int side, CancellationToken cancellationToken) =>
        (number % 2 == 0 ? first : second).ExampleAsync(number / 2, side, cancellationToken);
}
