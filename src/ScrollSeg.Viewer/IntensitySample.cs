using ScrollSeg.Volumes;

namespace ScrollSeg.Viewer;

/// <summary>What the grey values of a volume are like, told from a few boxes of it, the same ones each time.</summary>
/// <param name="Window">From the 0.5th to the 99.5th percentile.</param>
/// <param name="Range">What a window may sensibly be chosen from.</param>
internal sealed record IntensitySample(GreyWindow Window, GreyWindow Range)
{
    private const int Seed = 1;
    private const int BoxesRead = 24;
    private const int BoxSide = 64;
    private const double CutOff = 0.005; // a few glowing voxels (metal) would leave the papyrus black

    /// <summary>Looks at up to 24 chunks, at most 64 voxels a side of each; chunks that are absent do not count.</summary>
    public static async Task<IntensitySample> TakeAsync(VolumeReader volume, CancellationToken ct)
    {
        List<float> values = [];
        foreach (Box3 box in Boxes(volume.Info.Chunks))
        {
            using VoxelBuffer voxels = VoxelBuffer.Rent(box.Shape, volume.Info.Type);
            if ((await volume.ReadAsync(box, voxels, ct)).Count == 0)
            {
                float[] numbers = new float[box.Shape.VoxelCount];
                VoxelConversion.ToSingle(voxels.Bytes, voxels.Type, numbers);
                values.AddRange(numbers.Where(float.IsFinite));
            }
        }

        values.Sort();
        GreyWindow window = values.Count > 0
            ? Widened(values[(int)(CutOff * (values.Count - 1))], values[(int)Math.Ceiling((1 - CutOff) * (values.Count - 1))])
            : new GreyWindow(0, volume.Info.Type == VoxelType.UInt8 ? 255 : 1);
        return new IntensitySample(window, RangeOf(volume.Info.Type, values, window));
    }

    private static IEnumerable<Box3> Boxes(ChunkGrid chunks)
    {
        Shape3 grid = chunks.Count;
        Random random = new(Seed);
        HashSet<long> picked = [];
        for (int i = 0; i < BoxesRead; i++)
        {
            // all of them if there are few, else some of them by lot
            long chunk = grid.VoxelCount <= BoxesRead ? i : random.NextInt64(grid.VoxelCount);
            if (chunk < grid.VoxelCount && picked.Add(chunk))
            {
                (int, int, int) index = ((int)(chunk / grid.PlaneCount), (int)(chunk / grid.X % grid.Y), (int)(chunk % grid.X));
                yield return PartOf(chunks.BoxOf(index), random);
            }
        }
    }

    private static Box3 PartOf(Box3 chunk, Random random)
    {
        Box3 part = chunk;
        foreach (Axis axis in Enum.GetValues<Axis>())
        {
            int length = Math.Min(BoxSide, chunk.Shape[axis]);
            part = part.With(axis, chunk.StartOf(axis) + random.Next(chunk.Shape[axis] - length + 1), length);
        }

        return part;
    }

    private static GreyWindow RangeOf(VoxelType type, List<float> values, GreyWindow window)
    {
        double spare = values.Count > 0 ? (values[^1] - values[0]) / 2.0 : 0;
        (double low, double high) = values.Count > 0 ? (values[0] - spare, values[^1] + spare) : (window.Low, window.High);
        return type switch
        {
            VoxelType.UInt8 => new GreyWindow(0, 255),
            VoxelType.Bool => new GreyWindow(0, 1),
            VoxelType.UInt16 => Widened(Math.Max(0, Math.Floor(low)), Math.Min(65535, Math.Ceiling(high))),
            _ => Widened(type.IsUnsigned() ? Math.Max(0, low) : low, high),
        };
    }

    private static GreyWindow Widened(double low, double high) => new(low, high > low ? high : low + 1);
}
