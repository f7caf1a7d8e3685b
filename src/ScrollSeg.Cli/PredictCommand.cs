using System.CommandLine;
using System.Text;
using ScrollSeg.Cli.Models;
using ScrollSeg.Cli.Parsing;
using ScrollSeg.Sam;
using ScrollSeg.Sam.AutomaticMasks;
using ScrollSeg.Sam.Guards;
using ScrollSeg.Sam.Runtime;
using ScrollSeg.Segmentation;
using ScrollSeg.Segmentation.Pictures;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Images;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Cli;

/// <summary><c>scrollseg predict IMAGE --model sam.pth --point 120,80,1</c>: one image, one object, its masks; with
/// <c>--auto</c> all objects.</summary>
internal static class PredictCommand
{
    private static readonly string[] Accepted = [.. CachedModelSource.Default.Accepts, .. new SamModelSource().Accepts];

    private static readonly Argument<string> Image = new("IMAGE") { Description = "PNG, JPEG or TIFF, grey or colour." };

    private static readonly Option<string> Model = new("--model")
    {
        Description = $"A SAM: {string.Join(", ", Accepted)}.",
        Required = true,
    };

    private static readonly Option<string[]> Points = new("--point")
    {
        Description = "A click X,Y,LABEL in pixels of the image; LABEL 1 on the object, 0 beside it. May be given again.",
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<string?> Box = new("--box") { Description = "A box X0,Y0,X1,Y1 around the object, in pixels." };
    private static readonly Option<string?> MaskInput = new("--mask-input")
    {
        Description = "Low-resolution logits of an earlier answer, as --save-logits writes them; of several masks the best.",
    };

    private static readonly Option<bool> Multimask = new("--multimask") { Description = "Answer with the masks for ambiguous prompts." };
    private static readonly Option<string?> Output = new("--output", "-o")
    {
        Description = "Folder for overlay.png and mask_0.png, .. , or with --auto instances.png and masks.json.",
    };

    private static readonly Option<string?> SaveLogits = new("--save-logits")
    {
        Description = "A safetensors file for low_res_logits [M, h, w], iou [M] and masks [M, H, W] (logits).",
    };

    private static readonly Option<string?> Text = new("--text")
    {
        Description = "Refused: SAM's text encoder was never released.",
        Hidden = true,
    };

    private static readonly Option<string> Device = new("--device")
    {
        Description = "auto, cpu, cuda or cuda:N. Default auto.",
        DefaultValueFactory = _ => new ModelSettings().Device,
    };

    private static readonly Option<string> Precision = new("--precision")
    {
        Description = "Number format of the network's products: f32, bf16, or auto, which is bf16 where the device is fast at it. Default auto.",
        DefaultValueFactory = _ => new ModelSettings().Precision,
    };

    private static readonly Option<string?> Embeddings = EmbeddingsOption.Folder();
    private static readonly Option<long?> EmbeddingsSize = EmbeddingsOption.Size();
    private static readonly Option<bool> Explain = new("--explain")
    {
        Description = "Print the tensors' types, shapes and ranges at each stage to stderr.",
    };

    private static readonly Option<bool> Json = new("--json") { Description = "Print the result as JSON." };

    public static Command Create()
    {
        Command command = new("predict", "Asks a SAM for the masks of one object in one image, or of all.")
        {
            Image, Model, Points, Box, MaskInput, Multimask, Output, SaveLogits, Text, Device, Precision, Embeddings,
            EmbeddingsSize, Explain, Json,
        };
        foreach (Option option in AutomaticOptions.All)
        {
            command.Add(option);
        }

        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult args)
    {
        if (args.GetResult(Text) is not null)
        {
            throw new UsageException("--text: SAM's text encoder was never released; use --point, --box, --mask-input or --auto.");
        }

        AutomaticOptions.CheckAgainst(args, [Points, Box, MaskInput, Multimask, SaveLogits]);
        return args.GetValue(AutomaticOptions.Auto) ? FindAll(args) : Ask(args);
    }

    private static int FindAll(ParseResult args)
    {
        MaskGeneratorSettings settings = AutomaticOptions.Parse(args);
        PixelImage scan = ImageFile.Read(args.GetRequiredValue(Image));
        PixelImage image = EightBitImage.From(scan);
        Note(args, PixelChecks.Notes(scan));
        (IReadOnlyList<AutomaticMask> masks, string identity) = WithPredictor(
            args, predictor => (new MaskGenerator(predictor, settings).Generate(image), predictor.Identity));

        AutomaticSummary summary =
            new(args.GetRequiredValue(Image), identity, (image.Height, image.Width), settings, masks);
        if (args.GetValue(Output) is string folder)
        {
            summary.Files = SaveAll(folder, image, masks, summary);
        }

        args.InvocationConfiguration.Output.WriteLine(
            args.GetValue(Json) ? summary.ToJson(withPixels: false).ToJsonString() : summary.ToString());
        return ExitCode.Done;
    }

    private static int Ask(ParseResult args)
    {
        PromptSet prompts = Prompts(args);
        PixelImage scan = ImageFile.Read(args.GetRequiredValue(Image));
        PixelImage image = EightBitImage.From(scan);
        PromptText.CheckInside(prompts, image.Height, image.Width);
        Finding.Refuse(PromptChecks.Fault(prompts, image.Height, image.Width));
        Note(args, PixelChecks.Notes(scan).Concat(PromptChecks.Notes(prompts, image.Height, image.Width)));
        (PromptedMasks answer, string identity, float threshold) = WithPredictor(args, predictor =>
        {
            using IImageEmbedding embedding = predictor.Encode(image);
            return (predictor.Predict(embedding, prompts, args.GetValue(Multimask)), predictor.Identity, predictor.MaskThreshold);
        });
        Note(args, AnswerChecks.SwappedLabels(prompts, answer, threshold) is Finding swapped ? [swapped] : []);

        List<byte[]> masks = [.. Enumerable.Range(0, answer.Count).Select(mask => Threshold(answer, mask, threshold))];
        PredictSummary summary = new(args.GetRequiredValue(Image), identity, answer, masks);
        if (args.GetValue(Output) is string folder)
        {
            summary.Files = Save(folder, image, masks, prompts);
        }

        if (args.GetValue(SaveLogits) is string path)
        {
            LogitsFile.Write(path, answer);
            summary.Logits = path;
        }

        args.InvocationConfiguration.Output.WriteLine(args.GetValue(Json) ? summary.ToJson().ToJsonString() : summary.ToString());
        return ExitCode.Done;
    }

    /// <summary>Works on the device that was asked for, or, if its memory is used up, on the CPU.</summary>
    private static T WithPredictor<T>(ParseResult args, Func<SamPredictor, T> work)
    {
        TextWriter error = args.InvocationConfiguration.Error;
        return DeviceMemory.OrOnCpu(args.GetRequiredValue(Device), OnDevice, text => error.WriteLine($"note: {text}"));

        T OnDevice(string device)
        {
            using SamPredictor predictor = Open(args, device);
            predictor.Explain = args.GetValue(Explain) ? error.WriteLine : null;
            return work(predictor);
        }
    }

    private static void Note(ParseResult args, IEnumerable<Finding> findings)
    {
        foreach (Finding finding in findings)
        {
            args.InvocationConfiguration.Error.WriteLine($"note: {finding}");
        }
    }

    private static SamPredictor Open(ParseResult args, string device)
    {
        string model = args.GetRequiredValue(Model);
        ModelSettings settings = EmbeddingsOption.Apply(
            args, Embeddings, EmbeddingsSize, new ModelSettings { Device = device, Precision = args.GetRequiredValue(Precision) })
            with { Note = text => args.InvocationConfiguration.Error.WriteLine($"note: {text}") };
        return CachedModelSource.Default.OpenPredictor(model, settings)
            ?? SamModelSource.OpenPredictor(model, settings)
            ?? throw new UsageException($"--model {model}: expected a SAM, {string.Join(", ", Accepted)}.");
    }

    private static PromptSet Prompts(ParseResult args)
    {
        PromptSet prompts = new()
        {
            Points = [.. args.GetRequiredValue(Points).Select(PromptText.ParsePoint)],
            Box = args.GetValue(Box) is string box ? PromptText.ParseBox(box) : null,
            MaskLogits = args.GetValue(MaskInput) is string mask ? LogitsFile.ReadMaskPrompt(mask) : null,
        };
        return prompts is { Points: [], Box: null, MaskLogits: null }
            ? throw new UsageException("predict needs something to go by: --point X,Y,LABEL, --box X0,Y0,X1,Y1, --mask-input FILE or --auto.")
            : prompts;
    }

    private static byte[] Threshold(PromptedMasks answer, int mask, float threshold)
    {
        int pixels = answer.Height * answer.Width;
        byte[] inside = new byte[pixels];
        for (int i = 0; i < pixels; i++)
        {
            inside[i] = answer.Logits[(mask * pixels) + i] > threshold ? (byte)255 : (byte)0;
        }

        return inside;
    }

    private static string[] Save(string folder, PixelImage image, List<byte[]> masks, PromptSet prompts)
    {
        AtomicFile files = new(FileOperations.System, Durability.None);
        files.CreateFolder(folder);
        List<string> paths = [];
        for (int i = 0; i < masks.Count; i++)
        {
            paths.Add(Path.Combine(folder, $"mask_{i}.png"));
            PngFile.Write(paths[^1], new PixelImage(image.Height, image.Width, channels: 1, VoxelType.UInt8, masks[i]), files);
        }

        paths.Add(Path.Combine(folder, "overlay.png"));
        PngFile.Write(paths[^1], PromptOverlay.Draw(image, masks, prompts), files);
        return [.. paths];
    }

    private static Dictionary<string, string> SaveAll(
        string folder, PixelImage image, IReadOnlyList<AutomaticMask> masks, AutomaticSummary summary)
    {
        AtomicFile files = new(FileOperations.System, Durability.None);
        files.CreateFolder(folder);
        Dictionary<string, string> paths = new()
        {
            ["overlay"] = Path.Combine(folder, "overlay.png"),
            ["instances"] = Path.Combine(folder, "instances.png"),
            ["list"] = Path.Combine(folder, "masks.json"),
        };
        PixelImage labels = InstanceLabels.Paint(masks, image.Height, image.Width);
        PngFile.Write(paths["overlay"], LabelOverlay.Draw(image, labels), files);
        PngFile.Write(paths["instances"], labels, files);
        files.Write(paths["list"], Encoding.UTF8.GetBytes(summary.ToJson(withPixels: true).ToJsonString()));
        return paths;
    }
}
