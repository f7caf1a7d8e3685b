using ScrollSeg.Segmentation;

namespace ScrollSeg.Sam;

/// <summary>One object of one image, as a batch of the decoder sees it.</summary>
/// <param name="Image">Index of the image.</param>
/// <param name="Set">Index of the set of prompts among the image's.</param>
/// <param name="Embedding">The image.</param>
/// <param name="Prompts">What is asked.</param>
internal readonly record struct Question(int Image, int Set, SamImageEmbedding Embedding, PromptSet Prompts)
{
    /// <summary>Prompts of one shape go through the decoder together, whatever images they are about. Filling the others up
    /// with tokens for "no point" would change the answers: every token is attended to.</summary>
    private (int Points, bool HasBox, bool HasMask) Shape =>
        (Prompts.Points.Count, Prompts.Box is not null, Prompts.MaskLogits is not null);

    /// <summary>Sorts what is asked about several images into batches of one shape.</summary>
    /// <exception cref="ArgumentException">An embedding is not one of SAM's.</exception>
    public static IEnumerable<Question[]> Batches(IReadOnlyList<ImagePrompts> images, int maxCount) => images
        .SelectMany((image, i) => image.Prompts.Select((prompts, k) => new Question(i, k, EmbeddingOf(image), prompts)))
        .GroupBy(question => question.Shape)
        .SelectMany(group => group.Chunk(maxCount));

    private static SamImageEmbedding EmbeddingOf(ImagePrompts image) => image.Embedding as SamImageEmbedding
        ?? throw new ArgumentException($"An embedding of {image.Embedding.GetType().Name} is not one of SAM's.", nameof(image));
}
