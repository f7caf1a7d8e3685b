using ScrollSeg.Sam.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Adapters;

/// <summary>
/// k slices as pictures of three slices each, side by side on one canvas: 42 slices are 14 pictures on a grid of four by four, as
/// ashenvenus cut them. The target's answer is the one at the place where it is shown.
/// </summary>
/// <remarks>A last picture that is not full shows its last slice again; what is left of the canvas is black. With one picture, so up
/// to three slices, the canvas is the view.</remarks>
internal sealed class MontageAdapter() : ChannelAdapter("montage")
{
    private const int PerPicture = 3;

    /// <inheritdoc/>
    public override (int Least, int Most) Channels => (1, 256 * PerPicture);

    /// <inheritdoc/>
    public override int Answers(int channels) => (channels + PerPicture - 1) / PerPicture;

    /// <inheritdoc/>
    public override int AnswerOf(int ownChannel) => ownChannel / PerPicture;

    /// <inheritdoc/>
    public override Tensor forward(Tensor slices)
    {
        int side = (int)slices.shape[3];
        return Compose(slices, side);
    }

    /// <inheritdoc/>
    /// <remarks>Tiles go from their own size to a place's at once, not by way of the view's.</remarks>
    public override Tensor Prepare(SamNetwork network, ViewNormalisation normalisation, Tensor slices)
    {
        using DisposeScope scope = NewDisposeScope();
        return normalisation.Apply(Compose(slices, network.Config.ViewSide)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor Cut(Tensor map, int channels, int viewSide, int side)
    {
        using DisposeScope scope = NewDisposeScope();
        int pictures = Answers(channels);
        if (pictures == 1)
        {
            return base.Cut(map, channels, viewSide, side).MoveToOuterDisposeScope();
        }

        // where places begin between two pixels of the map, it is brought to the view's size before it is cut
        int coarser = viewSide / (int)map.shape[3];
        (int _, int place) = Layout(pictures, viewSide);
        bool fits = viewSide % map.shape[3] == 0 && place % coarser == 0 && place / coarser == Layout(pictures, (int)map.shape[3]).Place;
        Tensor places = Split(fits ? map : MapSize.Resize(map, viewSide), pictures); // [B, answers, c, c]
        return MapSize.Resize(places, side).MoveToOuterDisposeScope();
    }

    /// <summary>Lays slices out on a canvas.</summary>
    /// <param name="slices"><c>[B, k, V, V]</c>.</param>
    /// <param name="canvasSide">S.</param>
    /// <returns><c>[B, 3, S, S]</c>.</returns>
    internal Tensor Compose(Tensor slices, int canvasSide)
    {
        using DisposeScope scope = NewDisposeScope();
        long k = slices.shape[1];
        int pictures = Answers((int)k);
        (int grid, int place) = Layout(pictures, canvasSide);
        Tensor small = MapSize.Resize(slices, place);
        long missing = (pictures * PerPicture) - k;
        if (missing > 0)
        {
            small = cat([small, small.narrow(1, k - 1, 1).expand(-1, missing, -1, -1)], 1);
        }

        Tensor canvas = zeros([slices.shape[0], PerPicture, canvasSide, canvasSide], dtype: slices.dtype, device: slices.device);
        for (int picture = 0; picture < pictures; picture++)
        {
            PlaceOf(canvas, picture, grid, place).copy_(small.narrow(1, picture * PerPicture, PerPicture));
        }

        return canvas.MoveToOuterDisposeScope();
    }

    /// <summary>The way back: cuts a canvas into what lies at its places.</summary>
    /// <param name="canvas"><c>[B, C, S, S]</c>.</param>
    /// <param name="pictures">Places in use.</param>
    /// <returns><c>[B, pictures * C, c, c]</c>.</returns>
    internal static Tensor Split(Tensor canvas, int pictures)
    {
        using DisposeScope scope = NewDisposeScope();
        (int grid, int place) = Layout(pictures, (int)canvas.shape[3]);
        return cat([.. Enumerable.Range(0, pictures).Select(picture => PlaceOf(canvas, picture, grid, place))], 1).MoveToOuterDisposeScope();
    }

    /// <summary>Places along a side of the canvas, and the side of a place.</summary>
    internal static (int Grid, int Place) Layout(int pictures, int canvasSide)
    {
        int grid = (int)Math.Ceiling(Math.Sqrt(pictures));
        return (grid, canvasSide / grid);
    }

    private static Tensor PlaceOf(Tensor canvas, int picture, int grid, int place) =>
        canvas.narrow(2, picture / grid * place, place).narrow(3, picture % grid * place, place);
}
