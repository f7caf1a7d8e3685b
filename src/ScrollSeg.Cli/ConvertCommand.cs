using System.CommandLine;
using System.Globalization;
using ScrollSeg.Cli.Converting;
using ScrollSeg.Cli.Parsing;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Codecs;
using ScrollSeg.Volumes.Conversion;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Storage.Remote;
using ScrollSeg.Volumes.Tiff;

namespace ScrollSeg.Cli;

/// <summary><c>convert SRC DST</c>: any volume as an OME-Zarr image, TIFF or raw NRRD.</summary>
internal static class ConvertCommand
{
    /// <summary>Measured with <c>bench io</c>, and a little more.</summary>
    private const long OwnGrowth = 56 << 20;

    private static readonly string[] StoreMarks = [".zgroup", ".zarray", "zarr.json"];

    private static readonly Argument<string> Source = new("SRC") { Description = "The volume to read: see info." };
    private static readonly Argument<string> Destination = new("DST") { Description = "What to make: x.zarr (OME-Zarr), x.tif (a page per slice), x.nrrd (raw), or a folder with --to tiffs." };
    private static readonly Option<Region?> RegionWanted = RegionOption.Create();
    private static readonly Option<string?> To = new("--to")
    {
        Description = $"{ConvertTarget.Names} (a folder of slices). Default: by DST's ending, else zarr.",
        HelpName = "KIND",
    };
    private static readonly Option<Shape3?> Chunk = ParsedOption.Create<Shape3?>(
        "--chunk", "Z,Y,X", "Extent of a chunk. Default: 128,128,128, less where the volume is smaller.", text => Triple.Parse(text));
    private static readonly Option<string> Codec = new("--codec")
    {
        Description = "blosc-zstd, blosc-lz4, zstd, gzip or none; for TIFF none (its default), lzw, deflate or zstd.",
        HelpName = "NAME",
        DefaultValueFactory = _ => "blosc-zstd",
    };
    private static readonly Option<int> Format = ZarrFormatOption.Create();
    private static readonly Option<Shape3?> ShardShape = ParsedOption.Create<Shape3?>(
        "--shard-shape",
        "Z,Y,X",
        "Extent of the files that chunks are stored in together, whole chunks along each axis; with --zarr-format 3. " +
        "Default: a file per chunk.",
        text => Triple.Parse(text));
    private static readonly Option<int?> Levels = new("--levels")
    {
        Description = "Resolutions, each half of the one before. " +
            $"Default: until one fits into a chunk, at most {ConversionOptions.DefaultMaxLevels}.",
        HelpName = "N",
    };
    private static readonly Option<VoxelType?> Type = ParsedOption.Create<VoxelType?>(
        "--dtype",
        "u1|u2|f4",
        "Type of the voxels. u2 to u1 keeps the high byte (value >> 8), u1 to u2 is value * 257, to f4 is exact; " +
        "floats and wider integers to u1 or u2 need --window. Default: the source's.",
        ParseType);
    private static readonly Option<(double Low, double High)?> Window = ParsedOption.Create<(double Low, double High)?>(
        "--window", "LOW,HIGH", "Values that become 0 and the greatest value of u1 or u2; beyond them is cut off, NaN becomes 0.",
        text => ParseWindow(text));
    private static readonly Option<long?> Memory = MemoryOption.Create();
    private static readonly Option<long?> VoxelMemory = HiddenVoxelMemory();
    private static readonly Option<bool> Overwrite = new("--overwrite") { Description = "Replace DST if it exists, once the new one is complete." };

    public static Command Create()
    {
        Command command = new(
            "convert",
            "Converts a volume to an OME-Zarr image, TIFF or NRRD. Until it is complete the result is called DST.partial; killed at any moment, the same " +
            "command goes on behind the chunks or slices that are done (DST.convert knows them) and gives the same bytes. " +
            "Example: scrollseg convert scan/ scan.zarr --region 0:512,:,: --codec blosc-lz4")
        {
            Source, Destination, To, RegionWanted, Chunk, Codec, Format, ShardShape, Levels, Type, Window, Memory, VoxelMemory, Overwrite,
        };
        ReadingOptions.AddTo(command);
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        string destination = Path.TrimEndingDirectorySeparator(Path.GetFullPath(parsed.GetValue(Destination)!));
        RefuseNesting(parsed.GetValue(Source)!, destination);
        ConvertTarget? target = ConvertTarget.Of(parsed.GetValue(To), destination);
        bool isBegun = ConvertWork.IsBegun(destination);
        if (!isBegun)
        {
            CheckFree(destination, target, parsed.GetValue(Overwrite));
        }

        RefuseOptionsOfZarr(parsed, target);
        await using VolumeReader reader = await VolumeFormats.OpenAsync(parsed.GetValue(Source)!, ReadingOptions.Of(parsed), ct);
        TextWriter error = parsed.InvocationConfiguration.Error;
        foreach (string remark in reader.Info.Defects.Concat(reader.Info.Notes))
        {
            error.WriteLine($"note: {reader.Info.Path}: {remark}");
        }

        Conversion conversion = target is null ? OfZarr(parsed, reader) : OfRows(parsed, reader, target);
        using ConvertWork work = ConvertWork.Open(
            destination, await SettingsOfAsync(parsed, reader, conversion, ct), parsed.GetValue(Overwrite), conversion.Files);
        if (!work.IsComplete)
        {
            if (isBegun)
            {
                CheckFree(destination, target, parsed.GetValue(Overwrite));
            }

            if (work.IsResumed)
            {
                error.WriteLine($"note: going on with {work.PartialPath}.");
            }

            await RunAsync(conversion, work, RemotePath.IsRemote(parsed.GetValue(Source)!), ct);
        }

        work.Publish();
        parsed.InvocationConfiguration.Output.WriteLine($"{destination}: {conversion.Result}");
        return ExitCode.Done;
    }

    /// <summary>After a failure what is done stays for the next try, unless that cannot be: a local source that is repaired is
    /// another one.</summary>
    private static async Task RunAsync(Conversion conversion, ConvertWork work, bool isRemote, CancellationToken ct)
    {
        try
        {
            await conversion.RunAsync(work, ct);
        }
        catch (VolumeFormatException) when (!isRemote)
        {
            work.Discard();
            throw;
        }
    }

    /// <summary>A conversion to Zarr: a chunk or shard that is written is not made again.</summary>
    private static Conversion OfZarr(ParseResult parsed, VolumeReader reader)
    {
        TextWriter error = parsed.InvocationConfiguration.Error;
        ConversionPlan plan = PlanOf(parsed, reader.Info);
        if (plan.ReadAmplification > 1.01)
        {
            error.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"note: blocks of {plan.Block} read the source {plan.ReadAmplification:0.0} times over; more --memory or other --chunk reads less."));
        }

        AtomicFile files = new(FileOperations.System);
        return new Conversion(
            plan.Region,
            plan.Spec.Type,
            [
                ("chunk", $"{plan.Spec.ChunkShape}"), ("codec", parsed.GetValue(Codec)!), ("zarr-format", $"{plan.Spec.ZarrFormat}"),
                ("shard-shape", $"{plan.Spec.ShardShape}"), ("levels", $"{plan.LevelShapes.Count}"),
            ],
            $"{plan.Spec.Shape} {plan.Spec.Type.NumpyName()}, {plan.LevelShapes.Count} levels, chunks {plan.Spec.ChunkShape}",
            files,
            async (work, ct) =>
            {
                using ConversionJournal journal = new(work.JournalPath, plan);
                await ProgressDisplay.RunAsync(error, async progress =>
                {
                    progress.Begin("convert", plan.Objects, plan.Spec.ShardShape is null ? "chunks" : "shards");
                    await ZarrConversion.RunAsync(
                        reader, work.PartialPath, plan, parsed.GetValue(Window), files, new StageProgress(progress), ct, journal);
                    return plan.Objects;
                });
            });
    }

    /// <summary>A conversion to TIFF or NRRD: a slice that is safe is not made again.</summary>
    private static Conversion OfRows(ParseResult parsed, VolumeReader reader, ConvertTarget target)
    {
        Box3 region = parsed.GetValue(RegionWanted)?.In(reader.Info) ?? reader.Info.Bounds;
        VoxelType type = parsed.GetValue(Type) ?? reader.Info.Type;
        (double Low, double High)? window = parsed.GetValue(Window);
        _ = Usage(() => new VoxelMapping(reader.Info.Type, type, window));
        bool isGiven = parsed.GetResult(Codec) is { Implicit: false };
        TiffCompression compression = isGiven ? ConvertTarget.CompressionOf(parsed.GetValue(Codec)!) : TiffCompression.None;
        (string, string)[] settings = compression == TiffCompression.None ? [] : [("codec", parsed.GetValue(Codec)!)];
        return new Conversion(region, type, settings, $"{region.Shape} {type.NumpyName()}, {target.Name}", new AtomicFile(FileOperations.System), async (work, ct) =>
        {
            int done = 0;
            using ObjectJournal journal = ObjectJournal.Open(work.JournalPath, slices => done = (int)Math.Clamp(slices.Bytes, 0, region.Shape.Z));
            using RowWriter writer = Begin(() => target.Open(work.PartialPath, region, type, reader.Info.VoxelSize, done, compression), work);
            await ProgressDisplay.RunAsync(parsed.InvocationConfiguration.Error, async progress =>
            {
                long rows = (long)region.Shape.Z * region.Shape.Y;
                progress.Begin("convert", rows, "rows");
                await RowConversion.RunAsync(
                    reader, region, window, writer, VoxelBytesFor(parsed, reader.Info), new StageProgress(progress), ct,
                    slices => journal.Add(new StoredObject("slices", slices, "")));
                return rows;
            });
        });
    }

    /// <summary>All that decides about the result's bytes.</summary>
    private static async Task<ConvertSettings> SettingsOfAsync(ParseResult parsed, VolumeReader reader, Conversion conversion, CancellationToken ct)
    {
        SortedDictionary<string, string> values = new(StringComparer.Ordinal)
        {
            ["source"] = RemotePath.Full(parsed.GetValue(Source)!),
            ["source's state"] = await reader.FingerprintAsync(withTimes: true, ct),
            ["kind"] = parsed.GetValue(To) ?? Path.GetExtension(parsed.GetValue(Destination)!),
            ["region"] = $"{conversion.Region}",
            ["dtype"] = conversion.Type.NumpyName(),
            ["window"] = parsed.GetValue(Window) is (double low, double high) ? string.Create(CultureInfo.InvariantCulture, $"{low:R},{high:R}") : "none",
        };
        foreach ((string name, string value) in conversion.Settings)
        {
            values[name] = value;
        }

        return new ConvertSettings(values);
    }

    private static ConversionPlan PlanOf(ParseResult parsed, VolumeInfo source)
    {
        string codec = parsed.GetValue(Codec)!;
        return Usage(() => ConversionPlan.Of(source, new ConversionOptions
        {
            Region = parsed.GetValue(RegionWanted)?.In(source),
            ChunkShape = parsed.GetValue(Chunk),
            ZarrFormat = parsed.GetValue(Format),
            ShardShape = parsed.GetValue(ShardShape),
            Type = parsed.GetValue(Type),
            Window = parsed.GetValue(Window),
            Codec = elementSize => ZarrV2Codecs.FromName(codec, elementSize),
            Levels = parsed.GetValue(Levels),
            Memory = parsed.GetValue(VoxelMemory) ?? parsed.GetValue(Memory) ?? MemoryOption.Default(),
            OwnBytes = parsed.GetValue(VoxelMemory) is null ? OwnBytesOf(source) : 0,
        }));
    }

    /// <summary>What the process takes besides the voxels that a conversion plans with: itself, what it grows by (compiled code, the
    /// codecs' contexts and buffers of each thread), and the chunks that the reader has in hand.</summary>
    private static long OwnBytesOf(VolumeInfo source)
    {
        long chunk = source.ChunkShape.VoxelCount * source.Type.ByteSize();
        long reading = (2 * chunk * Environment.ProcessorCount) + source.BytesUnderWay;
        return ProcessMemory.ResidentBytes() + OwnGrowth + reading;
    }

    private static long VoxelBytesFor(ParseResult parsed, VolumeInfo source)
    {
        if (parsed.GetValue(VoxelMemory) is long given)
        {
            return given;
        }

        long budget = parsed.GetValue(Memory) ?? MemoryOption.Default();
        long own = OwnBytesOf(source);
        long row = source.Shape.X * (long)source.Type.ByteSize();
        return budget - own >= 2 * row
            ? budget - own
            : throw new UsageException($"--memory {ByteSize.Format(budget)} is too little: the program itself and two rows take {ByteSize.Format(own + (2 * row))}.");
    }

    /// <summary>Opens the writer; nothing remains of a conversion that cannot be.</summary>
    private static RowWriter Begin(Func<RowWriter> open, ConvertWork work)
    {
        try
        {
            return Usage(open);
        }
        catch (UsageException)
        {
            work.Discard();
            throw;
        }
    }

    /// <summary>Many blocks of a volume that is small enough for a test, whatever the process itself takes.</summary>
    private static Option<long?> HiddenVoxelMemory()
    {
        Option<long?> option = ParsedOption.Create<long?>("--voxel-memory", "BYTES", "Bytes for voxels alone, for tests.", text => ByteSize.Parse(text));
        option.Hidden = true;
        return option;
    }

    private static T Usage<T>(Func<T> make)
    {
        try
        {
            return make();
        }
        catch (ArgumentException e)
        {
            throw new UsageException(e.Message.Split(" (Parameter")[0]);
        }
    }

    private static void RefuseOptionsOfZarr(ParseResult parsed, ConvertTarget? target)
    {
        Option[] ofZarr = target is { IsCompressible: true } ? [Chunk, Format, ShardShape, Levels] : [Chunk, Codec, Format, ShardShape, Levels];
        Option[] given = [.. ofZarr.Where(option => parsed.GetResult(option) is { Implicit: false })];
        if (target is not null && given.Length > 0)
        {
            throw new UsageException($"{string.Join(", ", given.Select(option => option.Name))} is a matter of Zarr; {target.Name} has no such thing.");
        }
    }

    /// <summary>Only a Zarr store, an empty folder, or what a target may replace is ever replaced.</summary>
    private static void CheckFree(string destination, ConvertTarget? target, bool overwrite)
    {
        if (!Path.Exists(destination))
        {
            return;
        }

        if (!overwrite)
        {
            throw new MismatchException($"{destination} exists: choose another name, or give --overwrite to replace it.");
        }

        if (target?.MayReplace(destination) == true)
        {
            return;
        }

        bool isStore = target is null && Directory.Exists(destination) &&
            (StoreMarks.Any(name => File.Exists(Path.Combine(destination, name))) || !Directory.EnumerateFileSystemEntries(destination).Any());
        if (!isStore)
        {
            throw new MismatchException($"{destination}: is no {(target is null ? "Zarr store" : $"{target.Name} of ours")}, and is not overwritten.");
        }
    }

    private static void RefuseNesting(string source, string destination)
    {
        if (RemotePath.IsRemote(source))
        {
            return;
        }

        string from = Path.TrimEndingDirectorySeparator(Path.GetFullPath(source));
        if (IsWithin(from, destination) || IsWithin(destination, from))
        {
            throw new UsageException($"DST {destination} and SRC {from} lie in one another: the source would be lost.");
        }
    }

    private static bool IsWithin(string path, string folder) =>
        path == folder || path.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static VoxelType? ParseType(string text) => text switch
    {
        "u1" => VoxelType.UInt8,
        "u2" => VoxelType.UInt16,
        "f4" => VoxelType.Float32,
        _ => throw new FormatException($"'{text}' is no type that is written: expected u1, u2 or f4."),
    };

    private static (double Low, double High) ParseWindow(string text)
    {
        string[] ends = text.Split(',');
        return ends.Length == 2 &&
            double.TryParse(ends[0], NumberStyles.Float, CultureInfo.InvariantCulture, out double low) &&
            double.TryParse(ends[1], NumberStyles.Float, CultureInfo.InvariantCulture, out double high)
            ? (low, high)
            : throw new FormatException($"'{text}' is no window: expected LOW,HIGH.");
    }

    /// <summary>What is to be made, and how.</summary>
    private sealed record Conversion(
        Box3 Region,
        VoxelType Type,
        IReadOnlyList<(string Name, string Value)> Settings,
        string Result,
        AtomicFile Files,
        Func<ConvertWork, CancellationToken, Task> RunAsync);
}
