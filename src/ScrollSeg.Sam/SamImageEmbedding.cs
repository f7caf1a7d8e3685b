using ScrollSeg.Segmentation;
using static TorchSharp.torch;

namespace ScrollSeg.Sam;

/// <summary>An image as SAM's decoder sees it.</summary>
/// <param name="value">The embedding, <c>[1, E, S, S]</c>; ownership goes along.</param>
/// <param name="imageHeight">Rows of the original image.</param>
/// <param name="imageWidth">Columns of the original image.</param>
/// <param name="viewHeight">Rows of the image within the network's view.</param>
/// <param name="viewWidth">Columns of the image within the network's view.</param>
internal sealed class SamImageEmbedding(Tensor value, int imageHeight, int imageWidth, int viewHeight, int viewWidth)
    : IImageEmbedding
{
    public int ImageHeight => imageHeight;

    public int ImageWidth => imageWidth;

    public Tensor Value => value;

    /// <summary>Which weights made it; <see langword="null"/> if it was not said.</summary>
    public string? Model { get; init; }

    public int ViewHeight => viewHeight;

    public int ViewWidth => viewWidth;

    public void Dispose() => value.Dispose();
}
