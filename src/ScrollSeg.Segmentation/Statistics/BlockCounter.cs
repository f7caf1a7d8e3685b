using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Statistics;

/// <summary>Adds up what the statistics stage wants to know, block by block. Absent chunks are no measurements: their
/// fill values are not counted.</summary>
internal sealed class BlockCounter(VolumeInfo info, (double Low, double High) extremes)
{
    private readonly HistogramBuilder _histogram = new(info.Type, extremes);
    private long _absent;
    private long _border;
    private long _emptyBorder;

    public void Add(VolumeBlock block)
    {
        _absent += block.Absent.Sum(box => box.Shape.VoxelCount);
        Shape3 shape = block.Box.Shape;
        int bytes = block.Voxels.Type.ByteSize();
        for (int z = 0; z < shape.Z; z++)
        {
            for (int y = 0; y < shape.Y; y++)
            {
                ReadOnlySpan<byte> row = block.Voxels.Row(z, y);
                CountBorder(block.Box, y, row, bytes);
                if (block.Absent.Count == 0)
                {
                    _histogram.Add(row);
                    continue;
                }

                foreach ((int start, int end) in block.PresentRuns(z, y))
                {
                    _histogram.Add(row[(start * bytes)..(end * bytes)]);
                }
            }
        }
    }

    public VolumeStatistics ToStatistics(double sampledShare) => new()
    {
        Histogram = _histogram.ToHistogram(),
        Type = info.Type,
        SampledShare = sampledShare,
        AbsentVoxels = _absent,
        NaNVoxels = _histogram.NaNVoxels,
        EmptyBorderShare = _border == 0 ? 0 : (double)_emptyBorder / _border,
    };

    /// <summary>The outermost voxels of each slice of the volume, whatever part of it is read.</summary>
    private void CountBorder(Box3 box, int y, ReadOnlySpan<byte> row, int bytes)
    {
        int row0 = box.Start.Y + y;
        if (row0 == 0 || row0 == info.Shape.Y - 1)
        {
            CountEmpty(row, bytes);
            return;
        }

        if (box.Start.X == 0)
        {
            CountEmpty(row[..bytes], bytes);
        }

        if (box.End.X == info.Shape.X)
        {
            CountEmpty(row[^bytes..], bytes);
        }
    }

    private void CountEmpty(ReadOnlySpan<byte> voxels, int bytes)
    {
        for (int i = 0; i < voxels.Length; i += bytes)
        {
            _border++;
            _emptyBorder += voxels.Slice(i, bytes).IndexOfAnyExcept((byte)0) < 0 ? 1 : 0;
        }
    }
}
