namespace ScrollSeg.Sam.Training;

/// <summary>What was kept of a prediction.</summary>
/// <param name="Foreground">Voxels labelled 1.</param>
/// <param name="Background">Voxels labelled 0.</param>
/// <param name="Voxels">All of them.</param>
/// <param name="Slices">Slices with a voxel labelled 1.</param>
/// <param name="AllSlices">All of them.</param>
/// <param name="UnstableTiles">Tiles left out whole.</param>
/// <param name="AllTiles">All of them.</param>
public readonly record struct ConfidentCounts(
    long Foreground, long Background, long Voxels, int Slices, int AllSlices, long UnstableTiles, long AllTiles);
