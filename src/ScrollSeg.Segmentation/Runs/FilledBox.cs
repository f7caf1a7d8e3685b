using ScrollSeg.Segmentation.Slicing;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>What one direction says of a box of the output, its gaps filled.</summary>
/// <param name="Box">The box, in the output's own axes.</param>
/// <param name="Frame">The direction.</param>
/// <param name="Levels">Grey levels, in the output's own axes; owned.</param>
/// <param name="Spread">Spread of the groups, if it was kept; owned.</param>
/// <param name="Speaks">For each slice of the box, counted along the direction, whether the direction has an answer there.</param>
internal sealed record FilledBox(Box3 Box, SliceFrame Frame, VoxelBuffer Levels, VoxelBuffer? Spread, bool[] Speaks) : IDisposable
{
    /// <summary>Whether there is an answer at a voxel of the output.</summary>
    public bool SpeaksAt((int Z, int Y, int X) voxel) => Speaks[Frame.Turn(voxel).Z - Box.StartOf(Frame.Normal)];

    /// <summary>Grey levels from a voxel of the output to the end of the box.</summary>
    public ReadOnlySpan<byte> LevelsFrom((int Z, int Y, int X) voxel) => RowOf(Levels, voxel);

    /// <summary>Spread from a voxel of the output to the end of the box; empty if it was not kept.</summary>
    public ReadOnlySpan<byte> SpreadFrom((int Z, int Y, int X) voxel) => Spread is null ? default : RowOf(Spread, voxel);

    /// <inheritdoc/>
    public void Dispose()
    {
        Levels.Dispose();
        Spread?.Dispose();
    }

    private ReadOnlySpan<byte> RowOf(VoxelBuffer voxels, (int Z, int Y, int X) voxel) =>
        voxels.Row(voxel.Z - Box.Start.Z, voxel.Y - Box.Start.Y)[(voxel.X - Box.Start.X)..];
}
