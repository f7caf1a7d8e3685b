namespace ScrollSeg.Sam.Guards;

/// <summary>The names of the checks; README.md of this project has a row for each.</summary>
public static class GuardName
{
    /// <summary>Refuses an image embedding that is not of this model's sizes.</summary>
    public const string EmbeddingShape = "embedding-shape";

    /// <summary>Refuses an image embedding that other weights made.</summary>
    public const string EmbeddingModel = "embedding-model";

    /// <summary>Refuses prompts without the axis for sets of prompts.</summary>
    public const string Unbatched = "unbatched";

    /// <summary>Refuses clicks and labels of different counts.</summary>
    public const string LabelCount = "label-count";

    /// <summary>Refuses prompt tensors of other sizes than this model's.</summary>
    public const string PromptShape = "prompt-shape";

    /// <summary>Refuses a mask that is given as 0 and 1, or 0 to 255.</summary>
    public const string MaskBytes = "mask-bytes";

    /// <summary>Refuses a mask with infinities or what is no number.</summary>
    public const string MaskNotFinite = "mask-not-finite";

    /// <summary>Notes a mask whose values are all between 0 and 1.</summary>
    public const string MaskProbabilities = "mask-probabilities";

    /// <summary>Refuses coordinates that are shares of the image's extent.</summary>
    public const string FractionCoordinates = "fraction-coordinates";

    /// <summary>Refuses clicks and boxes outside the image.</summary>
    public const string OutsideImage = "outside-image";

    /// <summary>Notes a box that is partly outside the image.</summary>
    public const string BoxPartlyOutside = "box-partly-outside";

    /// <summary>Notes prompts that say only where the object is not.</summary>
    public const string OnlyBackground = "only-background";

    /// <summary>Notes an answer that covers the background clicks and misses the foreground ones.</summary>
    public const string SwappedLabels = "swapped-labels";

    /// <summary>Notes an image of bytes whose brightest is 1.</summary>
    public const string UnitPixels = "unit-pixels";

    /// <summary>Notes a 16-bit image that has only 8-bit values.</summary>
    public const string EightBitsOnly = "eight-bits-only";

    /// <summary>Notes an 8-bit image whose values leave regular gaps.</summary>
    public const string GreyComb = "grey-comb";

    /// <summary>Notes an 8-bit image that looks as if 16 bits had been cut to their lower 8.</summary>
    public const string WrappedGrey = "wrapped-grey";

    /// <summary>Refuses, or works around, a GPU whose memory is used up.</summary>
    public const string DeviceMemory = "device-memory";

    /// <summary>Notes a network used without prompts that may not have been trained so.</summary>
    public const string UntrainedPromptless = "untrained-promptless";

    /// <summary>Notes a network that has seen nothing but made-up scans.</summary>
    public const string PhantomsOnly = "phantoms-only";
}
