using ScrollSeg.Segmentation.Pipeline;
using ScrollSeg.Segmentation.Stitching;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>What the slices along one axis answered, as it was stored.</summary>
/// <param name="direction">The axis, and which slices have an answer.</param>
/// <param name="levels">Grey levels, in the output's own axes; stays the caller's.</param>
/// <param name="spread">Spread of the groups, if it was kept; stays the caller's.</param>
internal sealed class DirectionAnswers(RunDirection direction, VolumeReader levels, VolumeReader? spread)
{
    /// <summary>Reads a box of the output and fills its gaps.</summary>
    /// <param name="box">The box, in the output's own axes.</param>
    /// <param name="maxGap">Slices in a gap that is filled, at most.</param>
    /// <param name="firstForeground">The smallest grey level that is inside the mask.</param>
    /// <param name="threads">Gaps filled at the same time.</param>
    /// <param name="cancellationToken">Stops between chunks.</param>
    public async Task<FilledBox> ReadAsync(Box3 box, int maxGap, int firstForeground, int threads, CancellationToken cancellationToken)
    {
        Box3 slices = direction.Frame.Turn(box);
        List<(int Before, int After)> gaps = [.. Enumerable.Range(slices.Start.Z, slices.Shape.Z)
            .Select(slice => direction.Answered.GapAround(slice, maxGap)).OfType<(int Before, int After)>().Distinct()];
        bool[] speaks = [.. Enumerable.Range(slices.Start.Z, slices.Shape.Z)
            .Select(slice => direction.Answered.Has(slice) || direction.Answered.GapAround(slice, maxGap) is not null)];
        VoxelBuffer? filledSpread = null;
        VoxelBuffer filled = await FillAsync(levels, slices, gaps, BorderDistance.Reach, FillLevels, cancellationToken);
        try
        {
            filledSpread = spread is null ? null : await FillAsync(spread, slices, gaps, 0, FillBetween, cancellationToken);
            return new FilledBox(box, direction.Frame, filled, filledSpread, speaks);
        }
        catch
        {
            filled.Dispose();
            filledSpread?.Dispose();
            throw;
        }

        void FillLevels(SliceBlock read, VoxelBuffer into)
        {
            ParallelWork.ForEach(
                gaps,
                threads,
                gap =>
                {
                    SliceFill fill = new(read.PlaneOf(gap.Before), read.PlaneOf(gap.After), read.Box.Shape.X, firstForeground);
                    ForEachRow(gap, read, into, (slice, distance, row, column, target) => fill.FillRow(slice, distance, row, column, target));
                },
                cancellationToken);
        }

        void FillBetween(SliceBlock read, VoxelBuffer into)
        {
            foreach ((int before, int after) in gaps)
            {
                ForEachRow((before, after), read, into, (slice, distance, row, column, target) =>
                {
                    int at = (row * read.Box.Shape.X) + column;
                    ReadOnlySpan<byte> first = read.PlaneOf(before)[at..];
                    ReadOnlySpan<byte> second = read.PlaneOf(after)[at..];
                    for (int x = 0; x < target.Length; x++)
                    {
                        target[x] = SliceFill.Between(first[x], second[x], slice, distance);
                    }
                });
            }
        }

        // the rows of the box that lie in a gap; places within what was read
        void ForEachRow((int Before, int After) gap, SliceBlock read, VoxelBuffer into, RowFill fill)
        {
            (int top, int left) = (slices.Start.Y - read.Box.Start.Y, slices.Start.X - read.Box.Start.X);
            for (int slice = Math.Max(gap.Before + 1, slices.Start.Z); slice < Math.Min(gap.After, slices.End.Z); slice++)
            {
                for (int y = 0; y < slices.Shape.Y; y++)
                {
                    fill(slice - gap.Before, gap.After - gap.Before, top + y, left, into.Row(slice - slices.Start.Z, y));
                }
            }
        }
    }

    /// <summary>Reads slices, with what lies around them if there is a gap to fill; fills; turns the result back.</summary>
    private async Task<VoxelBuffer> FillAsync(
        VolumeReader stored,
        Box3 slices,
        List<(int Before, int After)> gaps,
        int reach,
        Action<SliceBlock, VoxelBuffer> fill,
        CancellationToken cancellationToken)
    {
        VolumeReader turned = TurnedVolume.Over(stored, direction.Frame);
        Box3 around = gaps.Count == 0 ? slices : Widen(slices, reach, turned.Info.Shape);
        IEnumerable<int> outside = gaps.SelectMany(gap => new[] { gap.Before, gap.After })
            .Where(slice => slice < slices.Start.Z || slice >= slices.End.Z).Distinct();
        using SliceBlock read = await SliceBlock.ReadAsync(turned, around, outside, cancellationToken);
        using VoxelBuffer result = VoxelBuffer.Rent(slices.Shape, VoxelType.UInt8);
        read.CopyTo(slices, result);
        fill(read, result);
        VoxelBuffer back = VoxelBuffer.Rent(direction.Frame.Back(slices.Shape), VoxelType.UInt8);
        direction.Frame.CopyBack(result, (0, 0, 0), back);
        return back;
    }

    private static Box3 Widen(Box3 slices, int reach, Shape3 all) => Box3.FromBounds(
        (slices.Start.Z, Math.Max(0, slices.Start.Y - reach), Math.Max(0, slices.Start.X - reach)),
        (slices.End.Z, Math.Min(all.Y, slices.End.Y + reach), Math.Min(all.X, slices.End.X + reach)));

    /// <summary>Fills a part of a row between two slices.</summary>
    private delegate void RowFill(int slice, int distance, int row, int column, Span<byte> target);
}
