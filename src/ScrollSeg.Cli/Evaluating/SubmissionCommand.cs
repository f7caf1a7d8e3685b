using System.CommandLine;
using System.Text;
using ScrollSeg.Cli.Parsing;
using ScrollSeg.Cli.Training;
using ScrollSeg.Evaluation.Submissions;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Images;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Cli.Evaluating;

/// <summary><c>submission csv</c>, <c>submission zip</c> and <c>submission decode</c>: masks as contests want them, and back.</summary>
internal static class SubmissionCommand
{
    private static readonly Argument<string[]> Masks = new("ID=MASK")
    {
        Description = "Names, and the masks that they stand for: of any readable kind, such as a=OUT.zarr/labels/mask.",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Argument<string> File = new("FILE") { Description = "A submission.csv or submission.zip." };
    private static readonly Option<Shape3?> Extent = ParsedOption.Create<Shape3?>(
        "--shape", "H,W", "Extent of the masks in a submission.csv, which does not say.", ParseShape);

    public static Command Create()
    {
        Command csv = new("csv", "Writes submission.csv: run lengths, a row per fragment (ink, 2023).") { Masks };
        Option<string> csvFile = OutputOf(csv, "submission.csv");
        csv.SetAction((parsed, ct) => WriteAsync(parsed, parsed.GetRequiredValue(csvFile), WriteCsvAsync, ct));
        Command zip = new("zip", "Writes submission.zip: a multi-page TIFF per volume (surfaces, 2025-26).") { Masks };
        Option<string> zipFile = OutputOf(zip, "submission.zip");
        zip.SetAction((parsed, ct) => WriteAsync(parsed, parsed.GetRequiredValue(zipFile), WriteZipAsync, ct));
        Command decode = new("decode", "Turns a submission back into masks: PNG from a csv, TIFF from a zip.") { File, Extent };
        Option<string> folder = OutputOf(decode, "masks");
        decode.SetAction(parsed => Decode(parsed, parsed.GetRequiredValue(folder)));
        return new Command("submission", "Masks as contests want them, and back.") { csv, zip, decode };
    }

    private static Option<string> OutputOf(Command command, string name)
    {
        Option<string> output = new("--output", "-o") { Description = "What to make; must not exist.", DefaultValueFactory = _ => name };
        command.Add(output);
        return output;
    }

    private static async Task<int> WriteAsync(
        ParseResult parsed, string output, Func<IReadOnlyList<(string, VolumeReader)>, Stream, CancellationToken, Task> write, CancellationToken ct)
    {
        CheckFree(output);
        List<(string Id, VolumeReader Mask)> masks = [];
        try
        {
            foreach (string pair in parsed.GetRequiredValue(Masks))
            {
                int sign = pair.IndexOf('=', StringComparison.Ordinal);
                string id = sign > 0 ? pair[..sign] : throw new UsageException($"'{pair}': expected ID=MASK.");
                if (id.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_')) || masks.Any(mask => mask.Id == id))
                {
                    throw new UsageException($"'{id}' is no name, or is there twice: expected letters, digits, - and _.");
                }

                masks.Add((id, await TrainingFiles.OpenAsync(pair[(sign + 1)..], ct)));
            }

            using MemoryStream content = new();
            await write(masks, content, ct);
            new AtomicFile(FileOperations.System).Write(Path.GetFullPath(output), content.GetBuffer().AsSpan(0, (int)content.Length));
            parsed.InvocationConfiguration.Output.WriteLine($"{output}: {masks.Count} masks, {ByteSize.Format(content.Length)}");
            return ExitCode.Done;
        }
        finally
        {
            foreach ((_, VolumeReader mask) in masks)
            {
                await mask.DisposeAsync();
            }
        }
    }

    private static async Task WriteCsvAsync(IReadOnlyList<(string, VolumeReader)> masks, Stream output, CancellationToken ct) =>
        output.Write(Encoding.ASCII.GetBytes(await InkSubmission.WriteAsync(masks, ct)));

    private static Task WriteZipAsync(IReadOnlyList<(string, VolumeReader)> masks, Stream output, CancellationToken ct) =>
        SurfaceSubmission.WriteAsync(masks, output, ct);

    private static int Decode(ParseResult parsed, string folder)
    {
        string file = parsed.GetRequiredValue(File);
        CheckFree(folder);
        IReadOnlyList<string> made = [];
        if (Path.GetExtension(file) == ".zip")
        {
            made = Unpack(file, folder);
        }
        else
        {
            Shape3 shape = parsed.GetValue(Extent) ?? throw new UsageException("--shape H,W: a submission.csv does not say how large its masks are.");
            made = DecodeCsv(file, shape, folder);
        }

        foreach (string mask in made)
        {
            parsed.InvocationConfiguration.Output.WriteLine(mask);
        }

        return ExitCode.Done;
    }

    /// <summary>All volumes or none: an archive may be damaged behind the first ones.</summary>
    private static IReadOnlyList<string> Unpack(string file, string folder)
    {
        string partial = $"{Path.TrimEndingDirectorySeparator(folder)}.partial";
        CheckFree(partial);
        Directory.CreateDirectory(partial);
        try
        {
            IReadOnlyList<string> made = SurfaceSubmission.Unpack(file, partial);
            Directory.Move(partial, folder);
            return [.. made.Select(path => Path.Combine(folder, Path.GetFileName(path)))];
        }
        catch
        {
            Directory.Delete(partial, recursive: true);
            throw;
        }
    }

    private static List<string> DecodeCsv(string file, Shape3 shape, string folder)
    {
        List<(string Path, byte[] Png)> masks = [];
        foreach ((string id, string runs) in InkSubmission.Read(file))
        {
            try
            {
                byte[] mask = RunLengths.Decode(runs, checked(shape.Y * shape.X));
                byte[] grey = [.. mask.Select(value => (byte)(value * 255))];
                masks.Add((Path.Combine(folder, $"{Path.GetFileName(id)}.png"), PngFile.Encode(new PixelImage(shape.Y, shape.X, 1, VoxelType.UInt8, grey))));
            }
            catch (FormatException e)
            {
                throw new VolumeFormatException(file, $"{id}: {e.Message}");
            }
        }

        Directory.CreateDirectory(folder);
        AtomicFile writer = new(FileOperations.System);
        masks.ForEach(mask => writer.Write(mask.Path, mask.Png));
        return [.. masks.Select(mask => mask.Path)];
    }

    private static void CheckFree(string path)
    {
        if (Path.Exists(path))
        {
            throw new MismatchException($"{path} exists: choose another name with -o.");
        }
    }

    private static Shape3? ParseShape(string text)
    {
        int[] numbers = [.. text.Split(',').Select(part => int.TryParse(part, out int number) && number > 0 ? number : 0)];
        return numbers is [> 0 and int height, > 0 and int width] && (long)height * width <= Array.MaxLength
            ? new Shape3(1, height, width)
            : throw new FormatException($"'{text}' is no extent of an image: expected H,W.");
    }
}
