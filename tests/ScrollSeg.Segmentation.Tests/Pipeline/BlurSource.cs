namespace ScrollSeg.Segmentation.Tests.Pipeline;

/// <summary>Opens a model that looks around.</summary>
internal sealed class BlurSource : IModelSource
{
    public IReadOnlyList<string> Accepts => ["blur"];

    public ISliceSegmenter? OpenSliceSegmenter(string model, ModelSettings settings) => new BlurSegmenter();
}
