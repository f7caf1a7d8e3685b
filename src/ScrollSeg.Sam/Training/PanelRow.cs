namespace ScrollSeg.Sam.Training;

/// <summary>A row of a panel.</summary>
/// <param name="Example">What was shown.</param>
/// <param name="Truth">Not 0 where the mask should be, <c>[V, V]</c>.</param>
/// <param name="Mask">Not 0 where it is, <c>[V, V]</c>.</param>
/// <param name="Clicks">What was asked; empty for no prompt.</param>
/// <param name="Box">The box that was asked with, if any: first and last column and row.</param>
internal sealed record PanelRow(
    TrainingExample Example, byte[] Truth, byte[] Mask, IReadOnlyList<Click> Clicks, (int X0, int Y0, int X1, int Y1)? Box = null)
{
    /// <summary>A row without prompts: all foreground was asked for.</summary>
    public static PanelRow Promptless(TrainingExample example, byte[] mask) =>
        new(example, Array.ConvertAll(example.Labels, label => label == 1 ? (byte)1 : (byte)0), mask, []);
}
