using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Prompting;

/// <summary>
/// Prompts from a mask that is there already: a coarse prediction, a lower level of a pyramid, numbered objects. In each tile every
/// connected piece of an object becomes a click at its deepest voxel, a box, or a box with the piece itself as a mask prompt.
/// </summary>
internal sealed class CoarseMaskPrompts : ITilePrompts
{
    private readonly string _kind;
    private readonly VolumeReader _mask;
    private readonly (int Z, int Y, int X) _factors;
    private readonly int _slices;

    private CoarseMaskPrompts(string kind, VolumeReader mask, (int Z, int Y, int X) factors, int slices, string fingerprint)
    {
        (_kind, _mask, _factors, _slices) = (kind, mask, factors, slices);
        Identity = $"{kind}:{fingerprint}";
    }

    /// <inheritdoc/>
    public string Identity { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Kinds => MaskPrompt.KindsOf(_kind);

    /// <summary>Opens a mask volume.</summary>
    /// <param name="rule">Where it is.</param>
    /// <param name="volume">The volume that is segmented.</param>
    /// <param name="kind">What is made of its objects: <c>points</c>, <c>boxes</c> or <c>masks</c>.</param>
    /// <exception cref="InvalidRequestException">It is no level of the volume.</exception>
    /// <exception cref="VolumeFormatException">It is damaged.</exception>
    public static CoarseMaskPrompts Open(PromptRule rule, VolumeInfo volume, string kind)
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
                ? new CoarseMaskPrompts(kind, mask, (z, y, x), whole.Z, mask.FingerprintAsync(withTimes: false).AsTask().GetAwaiter().GetResult())
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
    public IReadOnlyList<PromptSet> ListFor(TilePlace place, int side, int maskSide) =>
        MaskPrompt.ListFor(_kind, LabelsIn(place, side, side), side, maskSide);

    /// <inheritdoc/>
    public void Dispose() => _mask.DisposeAsync().AsTask().GetAwaiter().GetResult();

    /// <summary>The slices of the scan in which there is any object, ascending. Reads all of the mask, chunk by chunk.</summary>
    public IReadOnlyList<int> SlicesWithObjects()
    {
        HashSet<int> found = [];
        ChunkGrid chunks = _mask.Info.Chunks;
        foreach ((int Z, int Y, int X) index in chunks.Touching(_mask.Info.Bounds))
        {
            Box3 box = chunks.BoxOf(index);
            using VolumeBlock block = VolumeBlock.ReadAsync(_mask, box, CancellationToken.None).GetAwaiter().GetResult();
            for (int z = 0; z < box.Shape.Z; z++)
            {
                if (block.Voxels.Plane(z).ContainsAnyExcept((byte)0))
                {
                    found.Add(box.Start.Z + z);
                }
            }
        }

        return [.. found.SelectMany(slice => Enumerable.Range(slice * _factors.Z, _factors.Z)).Where(slice => slice < _slices).Order()];
    }

    /// <summary>The labels of a part of a slice at the scale of the scan, <c>[height, width]</c>; 0 beyond the volume's end.</summary>
    public uint[] LabelsIn(TilePlace place, int height, int width)
    {
        Shape3 shape = _mask.Info.Shape;
        int z = Math.Min(place.Slice / _factors.Z, shape.Z - 1);
        (int top, int left) = (place.Row / _factors.Y, place.Column / _factors.X);
        int bottom = Math.Min(shape.Y, ((place.Row + height - 1) / _factors.Y) + 1);
        int right = Math.Min(shape.X, ((place.Column + width - 1) / _factors.X) + 1);
        Box3 box = new((z, top, left), new Shape3(1, bottom - top, right - left));
        using VolumeBlock block = VolumeBlock.ReadAsync(_mask, box, CancellationToken.None).GetAwaiter().GetResult();
        double[] row = new double[box.Shape.X];
        uint[] labels = new uint[height * width];
        for (int y = 0; y < height; y++)
        {
            int source = ((place.Row + y) / _factors.Y) - top;
            if (source >= box.Shape.Y)
            {
                break;
            }

            VoxelConversion.ToDouble(block.Voxels.Row(0, source), _mask.Info.Type, row);
            for (int x = 0; x < width && ((place.Column + x) / _factors.X) - left < row.Length; x++)
            {
                labels[(y * width) + x] = (uint)(long)row[((place.Column + x) / _factors.X) - left];
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
