using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Prompting;

/// <summary>
/// Prompts from a mask that is there already: a coarse prediction, a lower level of a pyramid, numbered objects. In each tile every
/// connected piece of an object becomes a click at its deepest voxel, a box, or a box with the piece itself as a mask prompt.
/// </summary>
internal sealed class CoarseMaskPrompts : ITilePrompts
{
    /// <summary>Pieces with fewer voxels at the scale of the scan are noise, or the tip of something that a neighbouring tile shows.</summary>
    private const int LeastVoxels = 16;

    /// <summary>Log odds that a mask prompt gives its object, and its negative the rest: sure, and within what SAM's own masks have.</summary>
    private const float Sure = 8;

    private readonly PromptRule _rule;
    private readonly VolumeReader _mask;
    private readonly (int Z, int Y, int X) _factors;

    private CoarseMaskPrompts(PromptRule rule, VolumeReader mask, (int Z, int Y, int X) factors, string fingerprint)
    {
        (_rule, _mask, _factors) = (rule, mask, factors);
        Identity = $"{rule.Kind}:{fingerprint}";
    }

    /// <inheritdoc/>
    public string Identity { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Kinds => _rule.Kind switch
    {
        "points" => ["point"],
        "boxes" => ["box"],
        _ => ["box", "mask"],
    };

    /// <summary>Opens a mask volume.</summary>
    /// <exception cref="InvalidRequestException">It is no level of the volume.</exception>
    /// <exception cref="VolumeFormatException">It is damaged.</exception>
    public static CoarseMaskPrompts Open(PromptRule rule, VolumeInfo volume)
    {
        VolumeReader mask = VolumeFormats.OpenAsync(rule.Path, new ReaderOptions(), CancellationToken.None).GetAwaiter().GetResult();
        try
        {
            (Shape3 whole, Shape3 part) = (volume.Shape, mask.Info.Shape);
            if (mask.Info.Type.IsFloat())
            {
                throw new InvalidRequestException($"--prompts {rule}: holds {mask.Info.Type}; expected a mask or numbers of objects, whole numbers.");
            }

            return FactorOf(whole.Z, part.Z) is int z && FactorOf(whole.Y, part.Y) is int y && FactorOf(whole.X, part.X) is int x
                ? new CoarseMaskPrompts(rule, mask, (z, y, x), mask.FingerprintAsync(withTimes: false).AsTask().GetAwaiter().GetResult())
                : throw new InvalidRequestException(
                    $"--prompts {rule}: is {part} voxels (z, y, x), which is no level of {volume.Path} with {whole}: expected the same or a half, a quarter, .. of it along each axis.");
        }
        catch
        {
            mask.DisposeAsync().AsTask().GetAwaiter().GetResult();
            throw;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<PromptSet> ListFor(TilePlace place, int side, int maskSide)
    {
        uint[] labels = Read(place, side);
        return [.. MaskObjects.In(labels, side, LeastVoxels).Select(voxels => SetOf(voxels, side, maskSide))];
    }

    /// <inheritdoc/>
    public void Dispose() => _mask.DisposeAsync().AsTask().GetAwaiter().GetResult();

    private PromptSet SetOf(int[] voxels, int side, int maskSide) => _rule.Kind switch
    {
        "points" => new PromptSet { Points = [MaskObjects.DeepestOf(voxels, side)] },
        "boxes" => new PromptSet { Box = MaskObjects.BoxOf(voxels, side) },
        _ => new PromptSet { Box = MaskObjects.BoxOf(voxels, side), MaskLogits = LogitsOf(voxels, side, maskSide) },
    };

    /// <summary>Each pixel of the prompt asks the voxel at its middle.</summary>
    private static float[] LogitsOf(int[] voxels, int side, int maskSide)
    {
        HashSet<int> inside = [.. voxels];
        float[] logits = new float[maskSide * maskSide];
        for (int i = 0; i < logits.Length; i++)
        {
            (int row, int column) = Math.DivRem(i, maskSide);
            int voxel = (((2 * row) + 1) * side / (2 * maskSide) * side) + (((2 * column) + 1) * side / (2 * maskSide));
            logits[i] = inside.Contains(voxel) ? Sure : -Sure;
        }

        return logits;
    }

    /// <summary>The labels of a tile at the scale of the scan, <c>[V, V]</c>; 0 beyond the volume's end.</summary>
    private uint[] Read(TilePlace place, int side)
    {
        Shape3 shape = _mask.Info.Shape;
        int z = Math.Min(place.Slice / _factors.Z, shape.Z - 1);
        (int top, int left) = (place.Row / _factors.Y, place.Column / _factors.X);
        int bottom = Math.Min(shape.Y, ((place.Row + side - 1) / _factors.Y) + 1);
        int right = Math.Min(shape.X, ((place.Column + side - 1) / _factors.X) + 1);
        Box3 box = new((z, top, left), new Shape3(1, bottom - top, right - left));
        using VolumeBlock block = VolumeBlock.ReadAsync(_mask, box, CancellationToken.None).GetAwaiter().GetResult();
        double[] row = new double[box.Shape.X];
        uint[] labels = new uint[side * side];
        for (int y = 0; y < side; y++)
        {
            int source = ((place.Row + y) / _factors.Y) - top;
            if (source >= box.Shape.Y)
            {
                break;
            }

            VoxelConversion.ToDouble(block.Voxels.Row(0, source), _mask.Info.Type, row);
            for (int x = 0; x < side && ((place.Column + x) / _factors.X) - left < row.Length; x++)
            {
                labels[(y * side) + x] = (uint)(long)row[((place.Column + x) / _factors.X) - left];
            }
        }

        return labels;
    }

    /// <summary>The power of two by which an extent was divided, rounded either way.</summary>
    private static int? FactorOf(int whole, int part)
    {
        for (int factor = 1; factor <= whole; factor *= 2)
        {
            if (part == whole / factor || part == (whole + factor - 1) / factor)
            {
                return factor;
            }
        }

        return null;
    }
}
