using ScrollSeg.Segmentation.Pipeline;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Statistics;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>Opens the model of a request.</summary>
internal static class RunModel
{
    /// <summary>Opened before the statistics are gathered: a model that cannot be opened is known at once.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="volume">The volume, as the slices lie in it.</param>
    /// <param name="models">Where models come from; the first source that knows the name opens it.</param>
    /// <param name="statistics">The statistics, once somebody asks for them.</param>
    /// <param name="progress">Is told what a user should know.</param>
    /// <exception cref="InvalidRequestException">There is no such model, or it contradicts the request.</exception>
    public static ISliceSegmenter Open(
        SegmentRequest request, VolumeInfo volume, IReadOnlyList<IModelSource> models, Func<VolumeStatistics> statistics, IRunProgress progress)
    {
        ModelSettings settings = request.ModelSettings with
        {
            Channels = request.Options.Strategy.Channels,
            Histogram = new(() => statistics().SupportHistogram),
            Note = progress.Note,
        };
        foreach (IModelSource source in models)
        {
            if (source.OpenSliceSegmenter(request.Model, settings) is ISliceSegmenter segmenter)
            {
                try
                {
                    SegmentPlanner.CheckStrategy(request.Options, volume, segmenter);
                }
                catch
                {
                    segmenter.Dispose();
                    throw;
                }

                progress.NoteIfAny(segmenter.Caution);
                return Pose(segmenter, request, volume, progress);
            }
        }

        throw new InvalidRequestException(
            $"'{request.Model}' is no model. Known are: {string.Join(", ", models.SelectMany(source => source.Accepts))}.");
    }

    private static ISliceSegmenter Pose(ISliceSegmenter segmenter, SegmentRequest request, VolumeInfo volume, IRunProgress progress)
    {
        TilePoses poses = request.Options.Poses;
        if (poses != TilePoses.None && segmenter.IsPointwise)
        {
            progress.Note(
                $"'{request.Model}' looks at one voxel at a time and answers the same in every pose: --tta {poses.ToString().ToLowerInvariant()} is left out.");
        }

        return PosedSegmenter.Wrap(segmenter, poses, request.Options.Strategy.Channels, volume.Type);
    }
}
