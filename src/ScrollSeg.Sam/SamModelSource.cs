using ScrollSeg.Segmentation;

namespace ScrollSeg.Sam;

/// <summary>Opens SAM checkpoints: <c>.pth</c> and <c>.safetensors</c> files.</summary>
public sealed class SamModelSource : IModelSource
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Accepts { get; } = ["FILE.pth", "FILE.safetensors"];

    /// <inheritdoc/>
    public ISliceSegmenter? OpenSliceSegmenter(string model, ModelSettings settings) => null;
}
