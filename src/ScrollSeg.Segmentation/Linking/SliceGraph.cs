using System.Runtime.InteropServices;

namespace ScrollSeg.Segmentation.Linking;

/// <summary>The segments of all units and where they meet, summed up. Holds some 200 bytes for each segment and each pair that
/// meets.</summary>
internal sealed class SliceGraph
{
    private readonly Dictionary<(int Z, uint Id), SliceSegment> _segments = [];
    private readonly Dictionary<(int Z, uint Id, int OtherZ, uint OtherId), long> _meetings = [];

    /// <summary>Takes in what a unit counted.</summary>
    public void Add(ReadOnlySpan<SliceSegment> segments, ReadOnlySpan<SliceMeeting> meetings)
    {
        foreach (SliceSegment part in segments)
        {
            ref SliceSegment whole = ref CollectionsMarshal.GetValueRefOrAddDefault(_segments, (part.Z, part.Id), out bool isThere);
            whole = isThere
                ? whole with { First = Math.Min(whole.First, part.First), Voxels = whole.Voxels + part.Voxels }
                : part;
        }

        foreach (SliceMeeting part in meetings)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_meetings, (part.Z, part.Id, part.OtherZ, part.OtherId), out _) += part.Voxels;
        }
    }

    /// <summary>Puts the segments together.</summary>
    /// <returns>The number of each segment's object: the rank of its first voxel, from 1; and what came of it.</returns>
    public (IReadOnlyDictionary<(int Z, uint Id), uint> Numbers, MergeCounts Counts) Link()
    {
        SliceSegment[] segments = [.. _segments.Values.OrderBy(segment => segment.First)];
        Dictionary<(int, uint), int> places = [];
        for (int i = 0; i < segments.Length; i++)
        {
            places.Add((segments[i].Z, segments[i].Id), i);
        }

        List<(int A, int B, int Between, long Voxels)> meetings = [];
        foreach (((int z, uint id, int otherZ, uint otherId), long voxels) in _meetings)
        {
            meetings.Add((places[(z, id)], places[(otherZ, otherId)], otherZ - z - 1, voxels));
        }

        int[] firsts = SliceAgglomeration.Run(segments, meetings);
        uint[] numbers = new uint[segments.Length];
        Dictionary<(int, uint), uint> result = [];
        uint count = 0;
        for (int i = 0; i < segments.Length; i++)
        {
            numbers[i] = firsts[i] == i ? ++count : numbers[firsts[i]];
            result.Add((segments[i].Z, segments[i].Id), numbers[i]);
        }

        return (result, new MergeCounts(segments.Length, count, segments.Sum(segment => segment.Voxels)));
    }
}
