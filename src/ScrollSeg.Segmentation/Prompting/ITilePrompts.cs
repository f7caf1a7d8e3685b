namespace ScrollSeg.Segmentation.Prompting;

/// <summary>What a network is told about the objects of a tile besides showing it. A function of the tile's place: a part of a volume
/// is asked what the whole would be.</summary>
public interface ITilePrompts : IDisposable
{
    /// <summary>What identifies the prompts in a run's records: their kind, and a hash of where they come from.</summary>
    string Identity { get; }

    /// <summary>Kinds of prompt that are given, of <c>point</c>, <c>box</c> and <c>mask</c>.</summary>
    IReadOnlyList<string> Kinds { get; }

    /// <summary>Predicted IoU below which the network's answer about an object counts as none. 0, for any answer, unless the prompts
    /// say otherwise.</summary>
    double LeastIoU => 0;

    /// <summary>The objects of a tile, one set of prompts for each, in pixels of the tile (x, y from its first voxel).</summary>
    /// <param name="place">Where it lies.</param>
    /// <param name="side">Voxels along its side.</param>
    /// <param name="maskSide">Pixels along the side of a mask prompt.</param>
    /// <returns>None where nothing is asked for: such a tile is background.</returns>
    IReadOnlyList<PromptSet> ListFor(TilePlace place, int side, int maskSide);
}
