using ScrollSeg.Segmentation;

namespace ScrollSeg.Sam;

/// <summary>What is asked about one image.</summary>
/// <param name="Embedding">The image, encoded; it stays the caller's.</param>
/// <param name="Prompts">One set per object, of any shapes; coordinates in pixels of this image.</param>
public sealed record ImagePrompts(IImageEmbedding Embedding, IReadOnlyList<PromptSet> Prompts);
