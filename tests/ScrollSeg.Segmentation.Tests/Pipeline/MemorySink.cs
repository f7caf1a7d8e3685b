using ScrollSeg.Segmentation.Pipeline;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Tests.Pipeline;

/// <summary>Keeps the whole output, and checks that no voxel is written twice.</summary>
internal sealed class MemorySink(Shape3 shape) : IUnitSink
{
    private readonly bool[] _written = new bool[shape.VoxelCount];

    public byte[] Voxels { get; } = new byte[shape.VoxelCount];

    public int? FailAtUnit { get; init; }

    public int Units { get; private set; }

    public bool IsComplete => !_written.Contains(false);

    public ValueTask WriteAsync(SegmentUnit unit, UnitOutput output, SliceCounts counts, CancellationToken cancellationToken)
    {
        if (Units++ == FailAtUnit)
        {
            throw new IOException("No space left on device");
        }

        Box3 box = unit.Box;
        for (int z = 0; z < box.Shape.Z; z++)
        {
            for (int y = 0; y < box.Shape.Y; y++)
            {
                long at = (((long)(box.Start.Z + z) * shape.Y) + box.Start.Y + y) * shape.X + box.Start.X;
                output.Probability.Row(z, y).CopyTo(Voxels.AsSpan((int)at));
                Span<bool> written = _written.AsSpan((int)at, box.Shape.X);
                Assert.DoesNotContain(true, written.ToArray());
                written.Fill(true);
            }
        }

        return ValueTask.CompletedTask;
    }
}
