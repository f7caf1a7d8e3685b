using ScrollSeg.Volumes.Images;

namespace ScrollSeg.Segmentation;

/// <summary>A network that is shown an image once and then asked many times.</summary>
/// <remarks>Synchronous and not thread-safe.</remarks>
public interface IPromptableSegmenter : IDisposable
{
    /// <summary>What identifies the segmenter in a run's records.</summary>
    string Identity { get; }

    /// <summary>Logits above it are mask.</summary>
    float MaskThreshold { get; }

    /// <summary>Encodes an image.</summary>
    /// <param name="image">Grey or RGB, 8 bits per sample.</param>
    /// <returns>What the network remembers of it; the caller disposes it.</returns>
    IImageEmbedding Encode(PixelImage image);

    /// <summary>Answers one set of prompts about an encoded image.</summary>
    PromptedMasks Predict(IImageEmbedding embedding, PromptSet prompts, bool multimask);
}

/// <summary>What a promptable network remembers of one image.</summary>
public interface IImageEmbedding : IDisposable
{
    /// <summary>Rows of the image that was encoded, in its own pixels.</summary>
    int ImageHeight { get; }

    /// <summary>Columns of the image that was encoded, in its own pixels.</summary>
    int ImageWidth { get; }
}
