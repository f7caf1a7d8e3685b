namespace ScrollSeg.Sam.Training;

/// <summary>An image and its truth, as the network is shown them.</summary>
/// <param name="Side">Pixels along each side, V: the network's view.</param>
/// <param name="Grey">Grey values of 0 to 255, not rounded, <c>[k, V, V]</c> with k slices.</param>
/// <param name="Labels">0 background, 1 foreground, <see cref="Ignored"/> where nobody knows, <c>[V, V]</c>.</param>
/// <param name="Origin">Where it was cut, for messages.</param>
public sealed record TrainingExample(int Side, float[] Grey, byte[] Labels, string Origin)
{
    /// <summary>The label of pixels that count neither way.</summary>
    public const byte Ignored = 255;

    private readonly int? _labelled;

    /// <summary>Slices, k.</summary>
    public int Channels => Grey.Length / (Side * Side);

    /// <summary>The one that the labels are of. Default the middle, the lower one of two, as tuples of neighbours have it.</summary>
    public int Labelled
    {
        get => _labelled ?? ((Channels - 1) / 2);
        init => _labelled = value;
    }
}
