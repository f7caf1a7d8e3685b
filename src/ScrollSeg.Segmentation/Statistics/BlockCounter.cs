using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Statistics;

/// <summary>Adds up what the statistics stage wants to know, block by block. Absent chunks are no measurements: their
/// fill values are not counted.</summary>
internal sealed class BlockCounter(VolumeInfo info, (double Low, double High) extremes)
{
    private readonly HistogramBuilder _histogram = new(info.Type, extremes);
    private long _absent;

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

    /// <param name="damagedVoxels">Voxels that could not be read.</param>
    public PartialStatistics ToPart(long damagedVoxels) => new(_histogram.ToHistogram(), _absent, _histogram.NaNVoxels, damagedVoxels);
}
