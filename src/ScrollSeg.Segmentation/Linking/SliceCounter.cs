using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Linking;

/// <summary>Counts the segments of a unit and where they meet. A meeting is counted by the unit that holds the later one of its two
/// voxels, so that the counts of all units add up to those of the volume.</summary>
/// <param name="volume">Extent of the volume.</param>
/// <param name="reach">Slices that an overlap may lie apart.</param>
internal sealed class SliceCounter(Shape3 volume, int reach)
{
    private readonly Dictionary<(int, uint), (long First, long Voxels)> _segments = [];
    private readonly Dictionary<(int Z, uint Id, int OtherZ, uint OtherId), long> _meetings = [];

    /// <summary>The segments, by slice and number.</summary>
    public SliceSegment[] Segments => [.. _segments
        .Select(pair => new SliceSegment(pair.Key.Item1, pair.Key.Item2, pair.Value.First, pair.Value.Voxels))
        .OrderBy(segment => segment.Z).ThenBy(segment => segment.Id)];

    /// <summary>The meetings, by their segments.</summary>
    public SliceMeeting[] Meetings => [.. _meetings
        .Select(pair => new SliceMeeting(pair.Key.Z, pair.Key.Id, pair.Key.OtherZ, pair.Key.OtherId, pair.Value))
        .OrderBy(m => m.Z).ThenBy(m => m.Id).ThenBy(m => m.OtherZ).ThenBy(m => m.OtherId)];

    /// <summary>What has to be read for a unit: the slices before it as far as overlaps reach, and a row and a column before it.</summary>
    public Box3 ReadBoxOf(Box3 unit) => Box3.FromBounds(
        (Math.Max(0, unit.Start.Z - reach), Math.Max(0, unit.Start.Y - 1), Math.Max(0, unit.Start.X - 1)), unit.End);

    /// <summary>Counts a unit.</summary>
    /// <param name="unit">The unit.</param>
    /// <param name="read">What was read for it.</param>
    /// <param name="voxels">Its numbers.</param>
    public void Count(Box3 unit, Box3 read, VoxelBuffer voxels)
    {
        (int firstY, int firstX) = (unit.Start.Y - read.Start.Y, unit.Start.X - read.Start.X);
        uint[] row = new uint[read.Shape.X];
        uint[] other = new uint[read.Shape.X];
        for (int z = unit.Start.Z; z < unit.End.Z; z++)
        {
            for (int y = firstY; y < read.Shape.Y; y++)
            {
                SliceNumbers.Read(voxels, z - read.Start.Z, y, row);
                CountSegments(row, firstX, z, (((long)z * volume.Y) + read.Start.Y + y) * volume.X + read.Start.X);
                CountMeetings(row.AsSpan(Math.Max(1, firstX)), row.AsSpan(Math.Max(1, firstX) - 1), z, z);
                if (y > 0)
                {
                    SliceNumbers.Read(voxels, z - read.Start.Z, y - 1, other);
                    CountMeetings(row.AsSpan(firstX), other.AsSpan(firstX), z, z);
                }

                for (int before = Math.Max(0, z - reach); before < z; before++)
                {
                    SliceNumbers.Read(voxels, before - read.Start.Z, y, other);
                    CountMeetings(other.AsSpan(firstX), row.AsSpan(firstX), before, z);
                }
            }
        }
    }

    private void CountSegments(ReadOnlySpan<uint> row, int firstX, int z, long rowStart)
    {
        for (int x = firstX, start = firstX; x < row.Length; x = start)
        {
            uint id = row[x];
            while (start < row.Length && row[start] == id)
            {
                start++;
            }

            if (id != 0)
            {
                (long first, long voxels) = _segments.GetValueOrDefault((z, id), (rowStart + x, 0));
                _segments[(z, id)] = (first, voxels + start - x);
            }
        }
    }

    /// <summary>Counts where two rows differ, both being of a segment, and between slices also where they are alike.</summary>
    private void CountMeetings(ReadOnlySpan<uint> a, ReadOnlySpan<uint> b, int z, int otherZ)
    {
        int length = Math.Min(a.Length, b.Length);
        for (int x = 0, start = 0; x < length; x = start)
        {
            (uint id, uint otherId) = (a[x], b[x]);
            while (start < length && a[start] == id && b[start] == otherId)
            {
                start++;
            }

            if (id != 0 && otherId != 0 && (z != otherZ || id != otherId))
            {
                bool swaps = z == otherZ && otherId < id;
                (int, uint, int, uint) key = swaps ? (z, otherId, otherZ, id) : (z, id, otherZ, otherId);
                _meetings[key] = _meetings.GetValueOrDefault(key) + start - x;
            }
        }
    }
}
