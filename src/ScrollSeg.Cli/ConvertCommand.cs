using System.CommandLine;
using System.Globalization;
using ScrollSeg.Cli.Parsing;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Codecs;
using ScrollSeg.Volumes.Conversion;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Storage.Remote;

namespace ScrollSeg.Cli;

/// <summary><c>convert SRC DST</c>: any volume as an OME-Zarr image, TIFF or raw NRRD.</summary>
internal static class ConvertCommand
{
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
        Description = "blosc-zstd, blosc-lz4, zstd, gzip or none.",
        HelpName = "NAME",
        DefaultValueFactory = _ => "blosc-zstd",
    };
    private static readonly Option<int> Format = new("--zarr-format")
    {
        Description = "2 (NGFF 0.4), which more programs read, or 3 (NGFF 0.5).",
        HelpName = "2|3",
        DefaultValueFactory = _ => new ConversionOptions().ZarrFormat,
    };
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
    private static readonly Option<bool> Overwrite = new("--overwrite") { Description = "Replace DST if it exists, once the new one is complete." };

    public static Command Create()
    {
        Command command = new("convert", "Converts a volume to an OME-Zarr image, TIFF or NRRD.")
        {
            Source, Destination, To, RegionWanted, Chunk, Codec, Format, ShardShape, Levels, Type, Window, Memory, Overwrite,
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
        CheckFree(destination, target, parsed.GetValue(Overwrite));
        RefuseOptionsOfZarr(parsed, target);

        await using VolumeReader reader = await VolumeFormats.OpenAsync(parsed.GetValue(Source)!, ReadingOptions.Of(parsed), ct);
        TextWriter error = parsed.InvocationConfiguration.Error;
        foreach (string remark in reader.Info.Defects.Concat(reader.Info.Notes))
        {
            error.WriteLine($"note: {reader.Info.Path}: {remark}");
        }

        if (target is not null)
        {
            await ConvertRowsAsync(parsed, reader, target, destination, ct);
            return ExitCode.Done;
        }

        ConversionPlan plan = PlanOf(parsed, reader.Info);
        if (plan.ReadAmplification > 1.01)
        {
            error.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"note: blocks of {plan.Block} read the source {plan.ReadAmplification:0.0} times over; more --memory or other --chunk reads less."));
        }

        AtomicFile files = new(FileOperations.System);
        await MakeAsync(destination, files, temporary => ProgressDisplay.RunAsync(error, async progress =>
        {
            progress.Begin("convert", plan.Objects, plan.Spec.ShardShape is null ? "chunks" : "shards");
            await ZarrConversion.RunAsync(reader, temporary, plan, parsed.GetValue(Window), files, new StageProgress(progress), ct);
            return plan.Objects;
        }));
        parsed.InvocationConfiguration.Output.WriteLine(
            $"{destination}: {plan.Spec.Shape} {plan.Spec.Type.NumpyName()}, {plan.LevelShapes.Count} levels, chunks {plan.Spec.ChunkShape}");
        return ExitCode.Done;
    }

    private static ConversionPlan PlanOf(ParseResult parsed, VolumeInfo source)
    {
        try
        {
            string codec = parsed.GetValue(Codec)!;
            ConversionOptions options = new()
            {
                Region = parsed.GetValue(RegionWanted)?.In(source),
                ChunkShape = parsed.GetValue(Chunk),
                ZarrFormat = parsed.GetValue(Format),
                ShardShape = parsed.GetValue(ShardShape),
                Type = parsed.GetValue(Type),
                Window = parsed.GetValue(Window),
                Codec = elementSize => ZarrV2Codecs.FromName(codec, elementSize),
                Levels = parsed.GetValue(Levels),
                Memory = parsed.GetValue(Memory) ?? MemoryOption.Default(),
            };
            return ConversionPlan.Of(source, options);
        }
        catch (ArgumentException e)
        {
            throw new UsageException(e.Message.Split(" (Parameter")[0]);
        }
    }

    private static async Task ConvertRowsAsync(
        ParseResult parsed, VolumeReader reader, ConvertTarget target, string destination, CancellationToken ct)
    {
        Box3 region = parsed.GetValue(RegionWanted)?.In(reader.Info) ?? reader.Info.Bounds;
        VoxelType type = parsed.GetValue(Type) ?? reader.Info.Type;
        (double Low, double High)? window = parsed.GetValue(Window);
        try
        {
            _ = new VoxelMapping(reader.Info.Type, type, window);
        }
        catch (ArgumentException e)
        {
            throw new UsageException(e.Message.Split(" (Parameter")[0]);
        }

        long rows = (long)region.Shape.Z * region.Shape.Y;
        await MakeAsync(destination, new AtomicFile(FileOperations.System), async temporary =>
        {
            using RowWriter writer = Begin(() => target.Open(temporary, region, type, reader.Info.VoxelSize));
            await ProgressDisplay.RunAsync(parsed.InvocationConfiguration.Error, async progress =>
            {
                progress.Begin("convert", rows, "rows");
                await RowConversion.RunAsync(
                    reader, region, window, writer, parsed.GetValue(Memory) ?? MemoryOption.Default(), new StageProgress(progress), ct);
                return rows;
            });
        });
        parsed.InvocationConfiguration.Output.WriteLine($"{destination}: {region.Shape} {type.NumpyName()}, {target.Name}");
    }

    private static RowWriter Begin(Func<RowWriter> open)
    {
        try
        {
            return open();
        }
        catch (ArgumentException e)
        {
            throw new UsageException(e.Message.Split(" (Parameter")[0]);
        }
    }

    private static void RefuseOptionsOfZarr(ParseResult parsed, ConvertTarget? target)
    {
        Option[] given = [.. new Option[] { Chunk, Codec, Format, ShardShape, Levels }.Where(option => parsed.GetResult(option) is { Implicit: false })];
        if (target is not null && given.Length > 0)
        {
            throw new UsageException($"{string.Join(", ", given.Select(option => option.Name))} is a matter of Zarr; {target.Name} has no such thing.");
        }
    }

    /// <summary>Works under a temporary name beside the destination, so that nothing incomplete lies under the final one.</summary>
    private static async Task MakeAsync(string destination, AtomicFile files, Func<string, Task> write)
    {
        string folder = Path.GetDirectoryName(destination)!;
        string tag = $"{Guid.NewGuid():N}"[..12];
        string temporary = Path.Combine(folder, $".{Path.GetFileName(destination)}.{tag}{AtomicFile.TemporarySuffix}");
        files.CreateFolder(folder);
        try
        {
            await write(temporary);
            Publish(temporary, destination, Path.Combine(folder, $".{Path.GetFileName(destination)}.{tag}.old{AtomicFile.TemporarySuffix}"));
            FileOperations.System.SyncFolder(folder);
        }
        finally
        {
            Delete(temporary);
        }
    }

    private static void Delete(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
        else
        {
            File.Delete(path);
        }
    }

    private static void Publish(string temporary, string destination, string old)
    {
        bool replaces = Path.Exists(destination);
        if (replaces)
        {
            Directory.Move(destination, old);
        }

        Directory.Move(temporary, destination);
        if (replaces)
        {
            Delete(old);
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
}
