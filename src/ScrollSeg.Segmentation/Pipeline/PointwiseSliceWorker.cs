using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Stitching;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Pipeline;

/// <summary>
/// For models that look at one voxel at a time: tiles that agree need no stitching, so there are none. Where a voxel has few
/// possible values the model is asked about each of them once, and slices go through the table.
/// </summary>
internal sealed class PointwiseSliceWorker : SliceWorker
{
    private const int Side = 256; // of the square in which the model is shown voxels, whatever their places

    private readonly ISliceSegmenter _segmenter;
    private readonly VoxelType _type;
    private readonly VoxelBuffer _asked;
    private readonly float[] _scores = new float[Side * Side];
    private readonly byte[]? _table; // the answer for each bit pattern of a voxel

    public PointwiseSliceWorker(SegmentPlan plan, SegmentUnit unit, ISliceSegmenter segmenter, VoxelAllocator? allocator)
        : base(plan, unit)
    {
        _segmenter = segmenter;
        _type = plan.Volume.Type;
        _asked = VoxelBuffer.Rent(new Shape3(1, Side, Side), _type, allocator);
        _table = _type.ByteSize() <= sizeof(ushort) && !_type.IsFloat() ? MakeTable() : null;
    }

    /// <inheritdoc/>
    public override void Add(SliceTask slice)
    {
        UnsupportedVoxels unsupported = FindUnsupported(slice);
        VolumeBlock input = slice.Rows[0];
        int z = slice.Group.Sources[0] - input.Box.Start.Z;
        int bytes = _type.ByteSize();
        (int top, int left) = (Target.Start.Y - input.Box.Start.Y, Target.Start.X - input.Box.Start.X);
        for (int y = 0; y < Target.Shape.Y; y++)
        {
            ReadOnlySpan<byte> row = input.Voxels.Row(z, top + y).Slice(left * bytes, Target.Shape.X * bytes);
            Span<byte> output = slice.Output.Row(slice.OutputSlice, y);
            Answer(row, output);
            if (unsupported.Any)
            {
                Clear(output, unsupported.Row(y));
                Counts.ExcludedVoxels += unsupported.Row(y).Count(true);
            }
        }

        Counts.Slices++;
    }

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override void Dispose() => _asked.Dispose();

    private static void Clear(Span<byte> output, ReadOnlySpan<bool> unsupported)
    {
        for (int at = unsupported.IndexOf(true); at >= 0;)
        {
            int length = unsupported[at..].IndexOf(false);
            int end = length < 0 ? unsupported.Length : at + length;
            output[at..end].Clear();
            int next = unsupported[end..].IndexOf(true);
            at = next < 0 ? -1 : end + next;
        }
    }

    private void Answer(ReadOnlySpan<byte> voxels, Span<byte> output)
    {
        if (_table is null)
        {
            for (int done = 0; done < output.Length; done += Side * Side)
            {
                int count = Math.Min(Side * Side, output.Length - done);
                Ask(voxels.Slice(done * _type.ByteSize(), count * _type.ByteSize()), output.Slice(done, count));
            }

            return;
        }

        ReadOnlySpan<byte> table = _table;
        if (_type.ByteSize() == 1)
        {
            for (int x = 0; x < output.Length; x++)
            {
                output[x] = table[voxels[x]];
            }

            return;
        }

        ReadOnlySpan<ushort> wide = MemoryMarshal.Cast<byte, ushort>(voxels);
        for (int x = 0; x < output.Length; x++)
        {
            output[x] = table[wide[x]];
        }
    }

    private byte[] MakeTable()
    {
        if (_type.ByteSize() == 1)
        {
            Span<byte> all = stackalloc byte[256];
            for (int i = 0; i < all.Length; i++)
            {
                all[i] = (byte)i;
            }

            byte[] few = new byte[all.Length];
            Ask(all, few);
            return few;
        }

        ushort[] patterns = new ushort[65536];
        for (int i = 0; i < patterns.Length; i++)
        {
            patterns[i] = (ushort)i;
        }

        byte[] table = new byte[patterns.Length];
        Ask(MemoryMarshal.AsBytes(patterns.AsSpan()), table);
        return table;
    }

    /// <summary>Shows the model voxels, at most a square of them, and takes its answers.</summary>
    private void Ask(ReadOnlySpan<byte> voxels, Span<byte> answers)
    {
        _asked.Clear();
        voxels.CopyTo(_asked.Bytes);
        _segmenter.Segment(new TileBatch(_asked, 1, Plan.Intensity), _scores);
        if (_segmenter.Scores == ScoreKind.Logit)
        {
            TensorPrimitives.Sigmoid(_scores, _scores);
        }

        for (int i = 0; i < answers.Length; i++)
        {
            answers[i] = Probability.ToByte(_scores[i]);
        }
    }
}
