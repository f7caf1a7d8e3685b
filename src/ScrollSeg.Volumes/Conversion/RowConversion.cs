namespace ScrollSeg.Volumes.Conversion;

/// <summary>Converts a volume to a form that is written row by row, in bounded memory.</summary>
public static class RowConversion
{
    /// <summary>Reads a region from its first row to its last, or from the first slice that the target does not have.</summary>
    /// <param name="source">What to read. Stays the caller's.</param>
    /// <param name="region">The part of it.</param>
    /// <param name="window">Values that become 0 and the greatest value of an integer type.</param>
    /// <param name="target">Receives the rows; of the region's extent. Stays the caller's.</param>
    /// <param name="memory">Bytes for voxels at the most, but for a block of one row.</param>
    /// <param name="rowsDone">Receives how many rows are done.</param>
    /// <param name="ct">Stops between blocks.</param>
    /// <param name="slicesSafe">Receives how many slices are on the disk.</param>
    public static async Task RunAsync(
        VolumeReader source,
        Box3 region,
        (double Low, double High)? window,
        RowWriter target,
        long memory,
        IProgress<long> rowsDone,
        CancellationToken ct,
        Action<int>? slicesSafe = null)
    {
        VoxelMapping mapping = new(source.Info.Type, target.Type, window);
        byte[] converted = new byte[checked(target.Shape.X * target.Type.ByteSize())];
        long done = (long)target.DoneSlices * region.Shape.Y;
        rowsDone.Report(done);
        Box3 missing = Box3.FromBounds((target.DoneSlices, 0, 0), (region.Shape.Z, region.Shape.Y, region.Shape.X));
        ChunkGrid blocks = new(region.Shape, BlockOf(source.Info, region, memory));
        foreach ((int Z, int Y, int X) index in missing.IsEmpty ? [] : blocks.Touching(missing))
        {
            Box3 box = blocks.BoxOf(index).Intersect(missing); // the blocks stay where they are: they follow the source's chunks
            using VoxelBuffer block = VoxelBuffer.Rent(box.Shape, source.Info.Type);
            Box3 from = box with { Start = (box.Start.Z + region.Start.Z, box.Start.Y + region.Start.Y, region.Start.X) };
            await source.ReadAsync(from, block, ct);
            for (int z = 0; z < box.Shape.Z; z++)
            {
                for (int y = 0; y < box.Shape.Y; y++)
                {
                    mapping.Convert(block.Row(z, y), converted);
                    target.Write(converted);
                }
            }

            done += (long)box.Shape.Z * box.Shape.Y;
            rowsDone.Report(done);
            if (done % region.Shape.Y == 0)
            {
                slicesSafe?.Invoke(target.Checkpoint());
            }
        }

        target.Complete();
    }

    /// <summary>Whole slices, as many as the source stores together if the memory allows; else rows of one slice. Half of the
    /// memory is left to what the reader decodes.</summary>
    private static Shape3 BlockOf(VolumeInfo source, Box3 region, long memory)
    {
        long row = (long)region.Shape.X * source.Type.ByteSize();
        long plane = row * region.Shape.Y;
        long half = memory / 2;
        if (plane > half)
        {
            int rows = (int)Math.Clamp(half / row, 1, region.Shape.Y);
            int chunk = Math.Min(source.ChunkShape.Y, rows);
            return new Shape3(1, rows / chunk * chunk, region.Shape.X);
        }

        int slices = (int)Math.Clamp(half / plane, 1, region.Shape.Z);
        int together = Math.Min(source.ChunkShape.Z, slices);
        return region.Shape with { Z = Math.Max(together, Math.Min(slices / together * together, together * Math.Max(1, 16 / together))) };
    }
}
