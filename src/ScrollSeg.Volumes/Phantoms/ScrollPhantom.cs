namespace ScrollSeg.Volumes.Phantoms;

/// <summary>
/// A made-up scan of a wound, carbonised papyrus sheet together with its labels. Each voxel depends on the settings,
/// the seed and its coordinates alone: any box can be made on its own, in any order, on any thread.
/// </summary>
/// <remarks>What the features are there for, and how hard the volume is for thresholds, is in this folder's README;
/// changing a default means measuring that table again.</remarks>
public sealed record ScrollPhantom
{
    /// <summary>Edge of a voxel in micrometres, that of the first published scroll scans.</summary>
    public const double VoxelMicrometres = 7.91;

    private static readonly Shape3 Tile = new(32, 128, 256);

    /// <summary>Extent of the volume; 32 voxels along y and x at least.</summary>
    public required Shape3 Shape
    {
        get;
        init => field = value.Z > 0 && value.Y >= 32 && value.X >= 32
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Shape), value, "A scroll needs a slice and 32 x 32 voxels across.");
    }

    /// <summary>Which scroll of its kind. Default 1.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Mean distance of neighbouring windings, in voxels, 12 to 64. Default 15. Volumes of less than eight
    /// times as much across have narrower windings, so that there are some.</summary>
    public double Pitch
    {
        get;
        init => field = Within(value, 12, 64, nameof(Pitch));
    } = 15;

    /// <summary>Height of the dents as a part of the scroll's radius, 0 to 0.15. Default 0.10.</summary>
    public double Deformation
    {
        get;
        init => field = Within(value, 0, 0.15, nameof(Deformation));
    } = 0.10;

    /// <summary>Largest difference of grey between sheet and gap, as a part of full scale. Default 0.20.</summary>
    public double Contrast
    {
        get;
        init => field = Within(value, 0, 0.4, nameof(Contrast));
    } = 0.20;

    /// <summary>Mean of the contrast's sign, -1 to 1: at 0 the sheet is as often darker than the gap as it is brighter;
    /// at 1 always brighter. Default 0.40.</summary>
    public double ContrastBias
    {
        get;
        init => field = Within(value, -1, 1, nameof(ContrastBias));
    } = 0.40;

    /// <summary>Strength of the fibres and of the two plies within the sheet, as a part of full scale: what tells a sheet
    /// from what lies between. Default 0.10.</summary>
    public double FibreStrength
    {
        get;
        init => field = Within(value, 0, 0.4, nameof(FibreStrength));
    } = 0.10;

    /// <summary>How much loose material lies between the windings: 0 none, 1 the usual, 2 a lot. Default 1.</summary>
    public double Clutter
    {
        get;
        init => field = Within(value, 0, 2, nameof(Clutter));
    } = 1;

    /// <summary>Standard deviation of the noise common to neighbouring voxels, as a part of full scale. Default 0.025.</summary>
    public double CorrelatedNoise
    {
        get;
        init => field = Within(value, 0, 0.3, nameof(CorrelatedNoise));
    } = 0.025;

    /// <summary>Standard deviation of each voxel's own noise, as a part of full scale. Default 0.025.</summary>
    public double WhiteNoise
    {
        get;
        init => field = Within(value, 0, 0.3, nameof(WhiteNoise));
    } = 0.025;

    /// <summary>Deviation of a ring artefact, as a part of full scale. Default 0.015.</summary>
    public double Rings
    {
        get;
        init => field = Within(value, 0, 0.1, nameof(Rings));
    } = 0.015;

    /// <summary>Multiplicative shading, from the middle to the edge and drifting, as a part of the grey. Default 0.18.</summary>
    public double Shading
    {
        get;
        init => field = Within(value, 0, 0.5, nameof(Shading));
    } = 0.18;

    /// <summary>The whole volume.</summary>
    public Box3 Bounds => new((0, 0, 0), Shape);

    /// <summary>Makes a box of the volume.</summary>
    /// <param name="region">The box; must lie in <see cref="Bounds"/>.</param>
    /// <param name="volume">Receives the grey values, <see cref="VoxelType.UInt16"/>: 0 outside the scroll, never 0 in it.</param>
    /// <param name="labels">Receives 1 in the sheet and 0 elsewhere, <see cref="VoxelType.UInt8"/>; may be left out.</param>
    /// <remarks>Beside the buffers it needs some megabytes at any size of the region. Thread-safe.</remarks>
    public void Fill(Box3 region, VoxelBuffer volume, VoxelBuffer? labels = null)
    {
        if (region.IsEmpty || !Bounds.Contains(region))
        {
            throw new ArgumentOutOfRangeException(
                nameof(region), $"Cannot make {region}: the phantom is {Shape} voxels (z, y, x).");
        }

        Check(volume, region, VoxelType.UInt16, nameof(volume));
        if (labels is not null)
        {
            Check(labels, region, VoxelType.UInt8, nameof(labels));
        }

        ScrollTile tile = new(this);
        foreach ((int Z, int Y, int X) index in new ChunkGrid(region.Shape, Tile).Touching(new((0, 0, 0), region.Shape)))
        {
            Box3 part = new ChunkGrid(region.Shape, Tile).BoxOf(index);
            tile.Fill(part, region.Start, volume, labels);
        }
    }

    private static void Check(VoxelBuffer buffer, Box3 region, VoxelType type, string name)
    {
        if (buffer.Shape != region.Shape || buffer.Type != type)
        {
            throw new ArgumentException($"Needs {region.Shape} {type} voxels, not {buffer.Shape} {buffer.Type}.", name);
        }
    }

    private static double Within(double value, double low, double high, string name) => value >= low && value <= high
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"Must be from {low} to {high}.");
}
