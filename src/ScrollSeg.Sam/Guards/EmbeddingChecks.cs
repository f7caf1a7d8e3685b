using ScrollSeg.Segmentation;

namespace ScrollSeg.Sam.Guards;

/// <summary>Checks of an image embedding that was kept and comes back with prompts.</summary>
internal static class EmbeddingChecks
{
    /// <summary>Weights of the same sizes make embeddings of the same shape, which nothing further on could tell apart.</summary>
    public static Finding? Fault(SamImageEmbedding image, string model) => image.Model is null || image.Model == model
        ? null
        : new Finding(
            GuardName.EmbeddingModel,
            $"The image embedding was made by {image.Model}.",
            $"one made by {model}, the model that is asked",
            "two models open at once; encode the image with the one that answers");
}
