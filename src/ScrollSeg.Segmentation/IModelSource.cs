using ScrollSeg.Segmentation.Prompting;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation;

/// <summary>Opens networks and baselines by what a user calls them: a name, a file.</summary>
public interface IModelSource
{
    /// <summary>What <c>--model</c> accepts from this source, for help texts, for example <c>otsu[:bright|dark]</c>.</summary>
    IReadOnlyList<string> Accepts { get; }

    /// <summary>Opens a slice segmenter.</summary>
    /// <param name="model">What the user wrote.</param>
    /// <param name="settings">Device, precision, and what is known of the volume.</param>
    /// <returns>The segmenter, which the caller disposes; <see langword="null"/> if the name is not this source's.</returns>
    ISliceSegmenter? OpenSliceSegmenter(string model, ModelSettings settings);
}

/// <summary>What a model is opened with.</summary>
public sealed record ModelSettings
{
    /// <summary><c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>; <c>auto</c> takes a GPU where there is one. Default auto.</summary>
    public string Device { get; init; } = "auto";

    /// <summary><c>f32</c>, <c>bf16</c>, or <c>auto</c>. Default auto.</summary>
    public string Precision { get; init; } = "auto";

    /// <summary>What turns source slices into the network's channels; <c>auto</c> takes what the weights were trained with. Default
    /// auto.</summary>
    public string Adapter { get; init; } = "auto";

    /// <summary>Source slices per tile, for adapters that are made for a number. Default 1.</summary>
    public int Channels { get; init; } = 1;

    /// <summary>What the network is told besides the image; <see langword="null"/> for nothing. Default nothing.</summary>
    public PromptRule? Prompts { get; init; }

    /// <summary>The volume that is segmented, which prompts have to fit.</summary>
    public VolumeInfo? Volume { get; init; }

    /// <summary>A folder in which a network may keep what it made of images, for later runs; <see langword="null"/> for none.
    /// Default none.</summary>
    public string? Embeddings { get; init; }

    /// <summary>Bytes that this folder may hold. Default 16 GiB.</summary>
    public long EmbeddingsBytes { get; init; } = 16L << 30;

    /// <summary>Whether this folder is neither read nor written, though results are what they are with it: for a plan, which
    /// writes nothing, and for a verification, which computes again. Default false.</summary>
    public bool EmbeddingsUntouched { get; init; }

    /// <summary>Is given sentences for the user, while the model works. Default silence.</summary>
    public Action<string> Note { get; init; } = _ => { };

    /// <summary>The volume's histogram, for models that choose a threshold by it; not there yet when a model is opened.</summary>
    public Lazy<VolumeHistogram>? Histogram { get; init; }
}
