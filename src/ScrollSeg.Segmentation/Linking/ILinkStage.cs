using ScrollSeg.Segmentation.Runs;

namespace ScrollSeg.Segmentation.Linking;

/// <summary>What makes objects of a whole volume, in passes over its units with a merge between them.</summary>
public interface ILinkStage
{
    /// <summary>Does what is left of a share. Passes follow each other: where units of other shares are missing, it ends early.</summary>
    /// <param name="shard">The share.</param>
    /// <param name="progress">Is told how far the stage has come.</param>
    /// <param name="cancellationToken">Stops between units.</param>
    /// <returns>Units, of all shares, that are missing in the pass that could not be finished; none if all is written.</returns>
    Task<IReadOnlyList<string>> RunAsync(Shard shard, IRunProgress progress, CancellationToken cancellationToken);

    /// <summary>Deletes what only an unfinished stage needs.</summary>
    void DeleteScratch();
}
