using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>One stage of a run that writes units: where its records lie, and its grid.</summary>
/// <param name="Prefix">What tells its units from other stages' in lists; empty where there is but one.</param>
/// <param name="Records">Its records.</param>
/// <param name="Units">What it writes, cut into units.</param>
internal sealed record RunStage(string Prefix, StageFolder Records, ChunkGrid Units)
{
    /// <summary>All its units, in storage order.</summary>
    public IEnumerable<(int Z, int Y, int X)> ListUnits() => Units.Touching(new Box3((0, 0, 0), Units.Volume));

    /// <summary>A unit's name in lists.</summary>
    public string NameOf((int Z, int Y, int X) index) => Prefix + SegmentUnit.NameOf(index);
}
