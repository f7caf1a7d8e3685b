namespace ScrollSeg.Volumes.Phantoms;

/// <summary>
/// A made-up surface volume of a written fragment, flattened as in the ink-detection contest of 2023, with its outline,
/// its ink and an infrared photograph. Each voxel depends on the settings, the seed and its coordinates alone.
/// </summary>
public sealed record FragmentPhantom
{
    /// <summary>Edge of a voxel in micrometres, that of the published fragments.</summary>
    public const double VoxelMicrometres = 3.24;

    private static readonly Shape3 Tile = new(32, 64, 256);

    /// <summary>Layers, rows and columns; 16 layers and 64 x 64 pixels at least.</summary>
    public required Shape3 Shape
    {
        get;
        init => field = value.Z >= 16 && value.Y >= 64 && value.X >= 64
            ? value
            : throw new ArgumentOutOfRangeException(
                nameof(Shape), value, "A fragment needs 16 layers and 64 x 64 pixels across.");
    }

    /// <summary>Which fragment of its kind. Default 1.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>How much brighter ink is in x-ray where it is strongest, as a part of full scale. Default 0.028, two thirds
    /// of a voxel's noise.</summary>
    public double InkContrast
    {
        get;
        init => field = value is >= 0 and <= 0.5
            ? value
            : throw new ArgumentOutOfRangeException(nameof(InkContrast), value, "Must be from 0 to 0.5.");
    } = 0.028;

    /// <summary>Standard deviation of the x-ray noise in one voxel, as a part of full scale. Default 0.042.</summary>
    public double Noise
    {
        get;
        init => field = value is >= 0 and <= 0.5
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Noise), value, "Must be from 0 to 0.5.");
    } = 0.042;

    /// <summary>Height of a line of writing, in pixels. Default 0: a sixth of the fragment's height, at most 96.</summary>
    public int LineHeight
    {
        get;
        init => field = value is 0 or (>= 16 and <= 4096)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(LineHeight), value, "Must be 0, or from 16 to 4096.");
    }

    /// <summary>The whole volume.</summary>
    public Box3 Bounds => new((0, 0, 0), Shape);

    /// <summary>Makes a box of the surface volume.</summary>
    /// <param name="region">The box; must lie in <see cref="Bounds"/>.</param>
    /// <param name="volume">Receives the grey values, <see cref="VoxelType.UInt16"/>.</param>
    public void Fill(Box3 region, VoxelBuffer volume)
    {
        Check(region, volume, VoxelType.UInt16, nameof(volume));
        ChunkGrid tiles = new(region.Shape, Tile);
        FragmentTile tile = new(this);
        foreach ((int Z, int Y, int X) index in tiles.Touching(new((0, 0, 0), region.Shape)))
        {
            tile.Fill(tiles.BoxOf(index), region.Start, volume);
        }
    }

    /// <summary>Makes a part of one of the fragment's pictures.</summary>
    /// <param name="picture">Which.</param>
    /// <param name="region">Rows and columns of the picture; along z it is one layer, any of them.</param>
    /// <param name="pixels">Receives the pixels, <see cref="VoxelType.UInt8"/>.</param>
    public void FillPicture(FragmentPicture picture, Box3 region, VoxelBuffer pixels)
    {
        Check(region, pixels, VoxelType.UInt8, nameof(pixels));
        if (region.Shape.Z != 1)
        {
            throw new ArgumentOutOfRangeException(nameof(region), region.Shape.Z, "A picture is one layer thick.");
        }

        FragmentSurface surface = new(this);
        for (int y = 0; y < region.Shape.Y; y++)
        {
            surface.PictureRow(picture, region.Start.Y + y, region.Start.X, pixels.Row(0, y));
        }
    }

    private void Check(Box3 region, VoxelBuffer buffer, VoxelType type, string name)
    {
        if (region.IsEmpty || !Bounds.Contains(region))
        {
            throw new ArgumentOutOfRangeException(
                nameof(region), $"Cannot make {region}: the phantom is {Shape} voxels (z, y, x).");
        }

        if (buffer.Shape != region.Shape || buffer.Type != type)
        {
            throw new ArgumentException($"Needs {region.Shape} {type} voxels, not {buffer.Shape} {buffer.Type}.", name);
        }
    }
}
