using ScrollSeg.Segmentation.Pipeline;
using ScrollSeg.Segmentation.Slicing;
using ScrollSeg.Segmentation.Statistics;
using ScrollSeg.Segmentation.Stitching;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Planning;

/// <summary>
/// Turns what a user asked for into a plan that keeps within the memory budget: whole slabs where they fit, else columns
/// of chunks.
/// </summary>
public static class SegmentPlanner
{
    /// <summary>Side of a tile for models that have no view of their own.</summary>
    public const int DefaultTile = 256;

    private const int SmallestOutputChunk = 64;
    private const int LargestOutputChunk = 256;
    private const int DefaultOutputChunk = 128;
    private const long RowBytesWanted = 64L << 20;

    /// <summary>Makes the plan.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="options">What the user asked for.</param>
    /// <param name="segmenter">The model, for its view and the memory that a call takes.</param>
    /// <param name="statistics">What the statistics stage found.</param>
    /// <param name="residentBytes">Bytes that the process occupies already, libtorch and weights included.</param>
    /// <param name="frozen">Extent of a unit and batch of a run that is to be gone on with; else the planner chooses.</param>
    /// <param name="frame">Along which axis the volume is cut. Default along z.</param>
    /// <exception cref="InvalidRequestException">The options contradict the volume or the model, or the memory budget is too small; the
    /// message then names the smallest that is not.</exception>
    public static SegmentPlan Plan(
        VolumeInfo volume,
        SegmentOptions options,
        ISliceSegmenter segmenter,
        VolumeStatistics statistics,
        long residentBytes,
        (Shape3 Unit, int Batch)? frozen = null,
        SliceFrame frame = default)
    {
        Box3 region = options.Region ?? volume.Bounds;
        if (region.IsEmpty || !volume.Bounds.Contains(region))
        {
            throw new InvalidRequestException($"The region {region} is not part of the volume, which is {volume.Shape} voxels (z, y, x).");
        }

        (volume, region) = (frame.Turn(volume), frame.Turn(region));
        SliceStrategy strategy = Decide(options.Strategy, volume, region, segmenter, statistics.Slices);
        region = strategy.FlatTarget(volume.Shape.Z) is int flat ? region.With(Axis.Z, flat, 1) : region;
        int tile = options.Tile ?? segmenter.ViewSide ?? DefaultTile;
        SegmentPlan plan = new()
        {
            Frame = frame,
            Volume = volume,
            Region = region,
            OutputChunk = OutputChunkFor(volume.ChunkShape, region.Shape),
            UnitShape = region.Shape,
            Strategy = strategy,
            Fusion = options.Fusion,
            MayCombine = options.Axes.Count > 1 || options.MaxGap > 0,
            KeepsSpread = options.SaveUncertainty && strategy.Count > 1,
            TileRows = new TileGrid(volume.Shape.Y, tile, options.Overlap),
            TileColumns = new TileGrid(volume.Shape.X, tile, options.Overlap),
            Poses = segmenter.EvaluationsPerTile > 1 ? options.Poses : Pipeline.TilePoses.None,
            EvaluationsPerTile = segmenter.EvaluationsPerTile,
            Batch = frozen?.Batch ?? options.Batch ?? DefaultBatch(segmenter, tile, options.MemoryBudget),
            IsPointwise = segmenter.IsPointwise && strategy is { Channels: 1, Count: 1 },
            Workers = segmenter.AllowsConcurrentCalls ? options.Threads : 1,
            Threads = options.Threads,
            KeptBytesPerTile = segmenter.KeptBytesPerTile,
            RowHeight = volume.ChunkShape.Z,
            RowsInFlight = 2,
            Threshold = options.Threshold,
            Intensity = options.Intensity.RangeFor(statistics),
            SliceIntensities = options.Intensity.RangesOf(statistics),
            Adapter = segmenter.Adapter,
            Prompts = segmenter.Prompts,
            Propagates = segmenter.Propagation is not null,
            Support = options.Support.GateFor(statistics, volume.Shape),
        };
        if ((long)plan.Batch * tile * tile > Array.MaxLength)
        {
            throw new InvalidRequestException(
                $"A batch of {plan.Batch} tiles of {tile} x {tile} voxels has more than {Array.MaxLength} scores: choose a smaller --tile or --batch.");
        }

        return FitIntoBudget(plan, frozen is { } run ? [run.Unit] : UnitShapes(plan), segmenter, options.MemoryBudget, residentBytes);
    }

    /// <summary>Decides what of a strategy depends on the volume, and refuses one that contradicts it or the model.</summary>
    private static SliceStrategy Decide(
        SliceStrategy wanted, VolumeInfo volume, Box3 region, ISliceSegmenter segmenter, IReadOnlyDictionary<int, SliceFigures> figures)
    {
        int slices = volume.Shape.Z;
        SliceStrategy strategy = wanted.Within(slices, region.Start.Z, region.End.Z, figures);
        CheckChannels(strategy, segmenter);

        (int first, int end) = strategy.FlatTarget(slices) is int flat ? (flat, flat + 1) : (region.Start.Z, region.End.Z);
        return strategy.GroupsFor(slices, first, end).Any()
            ? strategy
            : throw new InvalidRequestException(
                $"The strategy '{strategy}' plans nothing within slices {region.Start.Z}..{region.End.Z - 1} of a volume of {slices}.");
    }

    /// <summary>Refuses a strategy that contradicts the volume or the model, as far as that can be told before anything is
    /// read.</summary>
    /// <exception cref="InvalidRequestException">It does; the message names both sides.</exception>
    public static void CheckStrategy(SegmentOptions options, VolumeInfo volume, ISliceSegmenter segmenter)
    {
        CheckChannels(options.Strategy, segmenter);
        CheckPrompts(options, segmenter);
        CheckPropagation(options, volume, segmenter);
        Box3 region = options.Region ?? volume.Bounds;
        if (!region.IsEmpty && volume.Bounds.Contains(region) && !options.Strategy.NeedsFigures)
        {
            foreach (SliceFrame frame in options.Axes.Select(axis => new SliceFrame(axis)))
            {
                Decide(options.Strategy, frame.Turn(volume), frame.Turn(region), segmenter, new Dictionary<int, SliceFigures>());
            }
        }
    }

    /// <summary>Refuses a strategy that shows more or fewer slices at once than a model takes; nothing needs to be read for that.</summary>
    private static void CheckChannels(SliceStrategy strategy, ISliceSegmenter segmenter)
    {
        (int k, int least, int most) = (strategy.Channels, segmenter.MinChannels, segmenter.MaxChannels);
        if (k < least || k > most)
        {
            string takes = least == most ? $"{most}" : $"{least} to {most}";
            throw new InvalidRequestException(
                $"--strategy shows {k} slice{(k == 1 ? "" : "s")} at once (--channels), --adapter {segmenter.Adapter} takes {takes}.");
        }
    }

    /// <summary>Prompts name places of slices along z, as the scan shows them.</summary>
    private static void CheckPrompts(SegmentOptions options, ISliceSegmenter segmenter)
    {
        if (segmenter.IsAskedByPlace && (options.Poses != TilePoses.None || options.Axes.Any(axis => axis != Axis.Z)))
        {
            throw new InvalidRequestException(
                "--prompts are about tiles of slices along z as they are: leave out either the prompts, or --tta and --axis.");
        }
    }

    /// <summary>Objects are carried from slice to slice, and a number of targets cannot be had from a time then.</summary>
    private static void CheckPropagation(SegmentOptions options, VolumeInfo volume, ISliceSegmenter segmenter)
    {
        if (segmenter.Propagation is not null && (options.TimeLimit is not null || options.Strategy.FlatTarget(volume.Shape.Z) is not null))
        {
            throw new InvalidRequestException(
                $"--prompts propagate goes from slice to slice, and {(options.TimeLimit is null ? $"'{options.Strategy}' makes one flat image" : "--time-limit leaves some of them out")}: choose one of the two.");
        }
    }

    /// <summary>Near the input's chunks, so that a unit reads whole ones; between 64 and 256 along each axis, else 128.
    /// A function of the input alone: two runs with other budgets write the same chunks.</summary>
    public static Shape3 OutputChunkFor(Shape3 inputChunk, Shape3 output)
    {
        return new Shape3(
            Along(inputChunk.Z, output.Z), Along(inputChunk.Y, output.Y), Along(inputChunk.X, output.X));

        static int Along(int chunk, int extent)
        {
            int multiple = (SmallestOutputChunk + chunk - 1) / chunk * chunk;
            int wanted = multiple <= LargestOutputChunk ? multiple : DefaultOutputChunk;
            return Math.Min(wanted, extent);
        }
    }

    private static int DefaultBatch(ISliceSegmenter segmenter, int tile, long budget)
    {
        int batch = segmenter.AllowsConcurrentCalls ? 1 : 8;
        while (batch > 1 && segmenter.WorkingBytes(batch, tile) > budget / 4)
        {
            batch /= 2;
        }

        return batch;
    }

    private static SegmentPlan FitIntoBudget(
        SegmentPlan plan, IEnumerable<Shape3> unitShapes, ISliceSegmenter segmenter, long budget, long resident)
    {
        long smallest = long.MaxValue;
        int slices = plan.Volume.Shape.Z;
        SourceWindow window = new(plan.Strategy.GroupsFor(slices, plan.Region.Start.Z, plan.Region.End.Z));
        foreach (Shape3 unit in unitShapes)
        {
            SegmentPlan candidate = WithRows(plan with { UnitShape = unit }, window);
            if (candidate.ReadBoxOf(candidate.UnitAt((0, 0, 0))).Shape.PlaneCount * candidate.Volume.Type.ByteSize() > int.MaxValue)
            {
                continue; // a slice of it is more than a span can hold
            }

            MemoryEstimate memory = MemoryEstimate.Of(candidate, segmenter);
            long peak = resident + memory.Total;
            smallest = Math.Min(smallest, peak);
            if (peak <= budget)
            {
                return candidate with { PeakBytes = peak, Memory = memory };
            }
        }

        const long MiB = 1 << 20;
        throw new InvalidRequestException(
            $"The run needs at least {(smallest + MiB - 1) / MiB} MiB with {segmenter.Identity}, tile {plan.Tile} and batch {plan.Batch}; " +
            $"--memory allows {budget / MiB} MiB. Allow more, or choose a smaller --batch or --tile{(plan.Propagates ? ", or a --region: --prompts propagate takes whole slices" : "")}.");
    }

    /// <summary>From whole slabs down to single chunks, the longer side halved first.</summary>
    private static IEnumerable<Shape3> UnitShapes(SegmentPlan plan)
    {
        Shape3 chunk = plan.OutputChunk;
        Shape3 count = plan.Region.Shape.CeilingDivide(chunk);
        (int y, int x) = (count.Y, count.X);
        while (true)
        {
            yield return new Shape3(chunk.Z, y * chunk.Y, x * chunk.X);
            if ((y == 1 && x == 1) || plan.Propagates)
            {
                yield break;
            }

            if ((long)y * chunk.Y >= (long)x * chunk.X && y > 1)
            {
                y = (y + 1) / 2;
            }
            else if (x > 1)
            {
                x = (x + 1) / 2;
            }
            else
            {
                y = (y + 1) / 2;
            }
        }
    }

    /// <summary>Slices stored one by one are read several at a time, so that the reader has work for all its threads.</summary>
    private static SegmentPlan WithRows(SegmentPlan plan, SourceWindow window)
    {
        Box3 read = plan.ReadBoxOf(plan.UnitAt((0, 0, 0)));
        long slice = Math.Max(1, read.Shape.PlaneCount * plan.Volume.Type.ByteSize());
        int chunk = Math.Min(plan.Volume.ChunkShape.Z, plan.Volume.Shape.Z);
        bool neighboursAreRead = window.HasNeighbours;
        int chunks = neighboursAreRead ? (int)Math.Clamp(RowBytesWanted / (slice * chunk), 1, Math.Max(1, 16 / chunk)) : 1;
        int height = chunk * chunks;
        return plan with { RowHeight = height, RowsInFlight = window.RowsNeeded(height) + 1 };
    }
}
