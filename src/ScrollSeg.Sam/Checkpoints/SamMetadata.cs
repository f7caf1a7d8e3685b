using System.Globalization;

namespace ScrollSeg.Sam.Checkpoints;

/// <summary>What a SAM's shapes do not say, as text in the metadata of our own safetensors files.</summary>
internal static class SamMetadata
{
    private const string DecoderHeads = "scrollseg.decoder_heads";
    private const string EncoderNormEpsilon = "scrollseg.encoder_norm_epsilon";
    private const string DecoderNormEpsilon = "scrollseg.decoder_norm_epsilon";
    private const string PixelMean = "scrollseg.pixel_mean";
    private const string PixelStd = "scrollseg.pixel_std";
    private const string MaskThreshold = "scrollseg.mask_threshold";
    private const string Prompts = "scrollseg.prompts";
    private const string Adapter = "scrollseg.adapter";
    private const string TrainedOn = "scrollseg.trained_on";
    private const string FirstMask = "scrollseg.first_mask";
    private const string Phantoms = "phantoms";
    private const string Guessed = "guessed";
    private const string Unsaid = "";

    /// <summary>All of it, as our files store it.</summary>
    public static IReadOnlyDictionary<string, string> Of(SamConfig config, SamTraining? training = null) => new Dictionary<string, string>
    {
        [Prompts] = string.Join(' ', training?.Prompts ?? []),
        [Adapter] = (training ?? new SamTraining()).Adapter,
        [TrainedOn] = training?.OnPhantomsOnly == true ? Phantoms : Unsaid,
        [FirstMask] = config.GuessesFirst ? Guessed : Unsaid,
        [DecoderHeads] = config.DecoderHeads.ToString(CultureInfo.InvariantCulture),
        [EncoderNormEpsilon] = config.EncoderNormEpsilon.ToString("R", CultureInfo.InvariantCulture),
        [DecoderNormEpsilon] = config.DecoderNormEpsilon.ToString("R", CultureInfo.InvariantCulture),
        [PixelMean] = Text(config.PixelMean),
        [PixelStd] = Text(config.PixelStd),
        [MaskThreshold] = config.MaskThreshold.ToString("R", CultureInfo.InvariantCulture),
    };

    /// <summary>What a file says of its weights' training; nothing, for a file that is not ours.</summary>
    /// <exception cref="CheckpointException">It names what this program does not know.</exception>
    public static SamTraining Training(IReadOnlyDictionary<string, string> metadata, StateDict state)
    {
        SamTraining training = new()
        {
            Prompts = metadata.GetValueOrDefault(Prompts, "").Split(' ', StringSplitOptions.RemoveEmptyEntries),
            Adapter = metadata.GetValueOrDefault(Adapter, new SamTraining().Adapter),
            OnPhantomsOnly = metadata.GetValueOrDefault(TrainedOn, Unsaid) == Phantoms,
        };
        Check(TrainedOn, [metadata.GetValueOrDefault(TrainedOn, Unsaid)], [Phantoms, Unsaid]);
        Check(Adapter, [training.Adapter], SamTraining.KnownAdapters);
        Check(Prompts, training.Prompts, SamTraining.KnownPrompts);
        return training;

        void Check(string key, IReadOnlyList<string> names, IReadOnlyList<string> known)
        {
            if (names.Except(known).FirstOrDefault() is string name)
            {
                throw state.Wrong($"has '{name}' in its metadata {key}; known are {string.Join(", ", known)}.");
            }
        }
    }

    /// <summary>Replaces SAM's constants by what the metadata say.</summary>
    /// <exception cref="CheckpointException">A value is no number, or not one that fits.</exception>
    public static SamConfig Apply(SamConfig config, IReadOnlyDictionary<string, string> metadata, StateDict state)
    {
        return config with
        {
            DecoderHeads = (int)Read(DecoderHeads, n => n is >= 1 and <= 1024, [config.DecoderHeads])[0],
            EncoderNormEpsilon = Read(EncoderNormEpsilon, n => n >= 0, [config.EncoderNormEpsilon])[0],
            DecoderNormEpsilon = Read(DecoderNormEpsilon, n => n >= 0, [config.DecoderNormEpsilon])[0],
            PixelMean = [.. Read(PixelMean, _ => true, [.. config.PixelMean.Select(n => (double)n)]).Select(n => (float)n)],
            PixelStd = [.. Read(PixelStd, n => n > 0, [.. config.PixelStd.Select(n => (double)n)]).Select(n => (float)n)],
            MaskThreshold = (float)Read(MaskThreshold, _ => true, [config.MaskThreshold])[0],
            GuessesFirst = metadata.GetValueOrDefault(FirstMask, Unsaid) switch
            {
                Guessed => true,
                Unsaid => false,
                string other => throw state.Wrong($"has '{other}' in its metadata {FirstMask}; known is {Guessed}."),
            },
        };

        double[] Read(string key, Predicate<double> fits, double[] otherwise)
        {
            if (!metadata.TryGetValue(key, out string? text))
            {
                return otherwise;
            }

            double[] numbers = Numbers(text);
            return numbers.Length == otherwise.Length && numbers.All(n => double.IsFinite(n) && fits(n))
                ? numbers
                : throw state.Wrong($"has '{text}' as its metadata {key}; as many numbers as in '{Text(otherwise)}' were expected.");
        }
    }

    private static double[] Numbers(string text) =>
        [.. text.Split(' ').Select(part => double.TryParse(part, CultureInfo.InvariantCulture, out double n) ? n : double.NaN)];

    private static string Text<T>(IEnumerable<T> numbers)
        where T : IFormattable => string.Join(' ', numbers.Select(number => number.ToString("R", CultureInfo.InvariantCulture)));
}
