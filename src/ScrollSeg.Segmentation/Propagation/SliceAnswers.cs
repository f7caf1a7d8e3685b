using ScrollSeg.Segmentation.Pipeline;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Slicing;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Propagation;

/// <summary>Answers about single whole slices, in whatever order: what was read for one slice stays for its neighbours.</summary>
/// <param name="plan">The plan; its units are whole slabs.</param>
/// <param name="volume">The volume; stays the caller's.</param>
/// <param name="segmenter">The model; stays the caller's.</param>
internal sealed class SliceAnswers(SegmentPlan plan, VolumeReader volume, ISliceSegmenter segmenter) : IDisposable
{
    private readonly Dictionary<int, VolumeBlock> _rows = [];

    /// <summary>The probability of a slice.</summary>
    /// <param name="slice">In slices of the volume; a target of the plan.</param>
    /// <param name="cancellationToken">Stops between chunks.</param>
    /// <returns>Grey levels, <c>(1, Y, X)</c> of the region; the caller disposes it.</returns>
    public async Task<VoxelBuffer> AnswerAsync(int slice, CancellationToken cancellationToken)
    {
        SegmentUnit unit = new((0, 0, 0), new Box3((slice - plan.Region.Start.Z, 0, 0), plan.Region.Shape with { Z = 1 }));
        List<SliceGroup> groups = plan.GroupsOf(unit);
        await LoadAsync(groups, plan.ReadBoxOf(unit), cancellationToken);
        VoxelBuffer output = VoxelBuffer.Rent(unit.Box.Shape, VoxelType.UInt8);
        try
        {
            output.Clear();
            using SliceWorker worker = SliceWorker.Create(plan, unit, segmenter, VoxelAllocator.Native);
            for (int i = 0; i < groups.Count; i++)
            {
                worker.Add(new SliceTask(groups[i], [.. groups[i].Sources.Select(RowOf)], RowOf(groups[i].SupportSlice), output, 0)
                {
                    Number = i,
                    Count = groups.Count,
                });
            }

            worker.Flush();
            return output;
        }
        catch
        {
            output.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (VolumeBlock row in _rows.Values)
        {
            row.Dispose();
        }
    }

    private VolumeBlock RowOf(int slice) => _rows[slice / plan.RowHeight];

    private async Task LoadAsync(List<SliceGroup> groups, Box3 read, CancellationToken cancellationToken)
    {
        int[] wanted = [.. SourceRows.Wanted(groups).Select(slice => slice / plan.RowHeight).Distinct()];
        foreach (int row in _rows.Keys.Except(wanted).ToArray())
        {
            _rows[row].Dispose();
            _rows.Remove(row);
        }

        foreach (int row in wanted.Except(_rows.Keys))
        {
            int start = row * plan.RowHeight;
            Box3 box = read.With(Axis.Z, start, Math.Min(plan.RowHeight, plan.Volume.Shape.Z - start));
            _rows.Add(row, await VolumeBlock.ReadAsync(volume, box, cancellationToken));
        }
    }
}
