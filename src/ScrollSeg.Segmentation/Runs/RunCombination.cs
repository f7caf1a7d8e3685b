using ScrollSeg.Segmentation.Stitching;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>What <c>run.json</c> says of the stage that fuses the directions' answers and fills their gaps.</summary>
/// <param name="Fusion">How several directions become one.</param>
/// <param name="Threshold">Probability from which on a voxel is foreground.</param>
/// <param name="MaxGap">Slices in a gap that is filled, at most.</param>
/// <param name="Unit">Extent of a unit.</param>
/// <param name="HasSpread">Whether each direction has a spread of its groups.</param>
public sealed record RunCombination(string Fusion, double Threshold, int MaxGap, int[] Unit, bool HasSpread)
{
    /// <summary>How several directions become one.</summary>
    internal GroupFusion HowToFuse => Enum.Parse<GroupFusion>(Fusion, ignoreCase: true);

    /// <summary>Describes the stage, if a plan has it.</summary>
    public static RunCombination? Of(RunPlan plan) => plan.Combines
        ? new RunCombination(
            plan.First.Fusion.ToString().ToLowerInvariant(),
            plan.First.Threshold,
            plan.Options.MaxGap,
            RunManifest.ToArray(plan.CombineUnit),
            plan.First.KeepsSpread)
        : null;
}
