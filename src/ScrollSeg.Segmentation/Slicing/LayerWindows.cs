using System.Text;

namespace ScrollSeg.Segmentation.Slicing;

/// <summary>
/// For flattened surface volumes: windows of k layers that go through the stack and all speak for its one flat image. The last
/// window ends with the stack, so that every layer is in one.
/// </summary>
public sealed record LayerWindows : SteppedStrategy
{
    /// <summary>Layers in a window, k. Default 3.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int Width
    {
        get;
        init => field = value >= 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Width), value, "A window has at least 1 layer.");
    } = 3;

    /// <summary>Whether a window's layers are shown from its last to its first: for stacks counted from the other side of the
    /// sheet. Default false.</summary>
    public bool Downwards { get; init; }

    /// <inheritdoc/>
    public override int Channels => Width;

    /// <inheritdoc/>
    public override int Count => Last is int last ? WindowsIn(last + 1 - First) : int.MaxValue;

    /// <inheritdoc/>
    public override int Reach => Last is int last ? last + 1 - First : int.MaxValue;

    /// <inheritdoc/>
    public override int? FlatTarget(int sliceCount) => First + ((EndIn(sliceCount) - First) / 2);

    /// <inheritdoc/>
    public override SliceStrategy Within(
        int sliceCount, int first, int end, IReadOnlyDictionary<int, SliceFigures>? figures = null)
    {
        base.Within(sliceCount, first, end);
        LayerWindows within = this with { First = Math.Max(First, first), Last = Math.Min(end, EndIn(sliceCount)) - 1 };
        int layers = within.Last.Value + 1 - within.First;
        return layers >= Width
            ? within
            : throw new InvalidRequestException($"A window of {Width} layers is wider than what there is: {Math.Max(0, layers)} layers.");
    }

    /// <inheritdoc/>
    public override IEnumerable<SliceGroup> GroupsFor(int sliceCount, int first, int end)
    {
        int target = FlatTarget(sliceCount)!.Value;
        int layers = EndIn(sliceCount) - First;
        if (target < first || target >= end || layers < Width)
        {
            yield break;
        }

        for (int i = 0; i < WindowsIn(layers); i++)
        {
            IEnumerable<int> window = Enumerable.Range(First + (int)Math.Min((long)i * Stride, layers - Width), Width);
            yield return new SliceGroup(target, [.. Downwards ? window.Reverse() : window]) { IsFlat = true };
        }
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        StringBuilder text = Text("window");
        Add(text, "channels", Width, 0);
        Add(text, "direction", Downwards ? "down" : "up", "up");
        return text.ToString();
    }

    private int WindowsIn(int layers) => layers <= Width ? 1 : ((layers - Width + Stride - 1) / Stride) + 1;
}
