using static TorchSharp.torch;

namespace ScrollSeg.Sam.Model;

/// <summary>Cuts a token grid into square attention windows and joins them again.</summary>
internal static class Windows
{
    /// <summary>Tokens along a side of the grid once windows of <paramref name="side"/> tokens cover it.</summary>
    public static long PaddedLength(long length, long side) => (length + side - 1) / side * side;

    /// <summary>Pads the grid at its end to a multiple of <paramref name="side"/> and cuts it.</summary>
    /// <param name="x">Tokens, <c>[B, H, W, C]</c>.</param>
    /// <param name="side">Side of a window in tokens, w.</param>
    /// <param name="padding">What a padded token holds, <c>[C]</c>.</param>
    /// <returns><c>[B * n, w, w, C]</c>, where n counts the windows of one image.</returns>
    public static Tensor Split(Tensor x, long side, Tensor padding)
    {
        (long b, long h, long w, long c) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3]);
        (long height, long width) = (PaddedLength(h, side), PaddedLength(w, side));
        if (height > h)
        {
            x = cat([x, padding.expand(b, height - h, w, c)], 1);
        }

        if (width > w)
        {
            x = cat([x, padding.expand(b, height, width - w, c)], 2);
        }

        return x.view(b, height / side, side, width / side, side, c)
            .permute(0, 1, 3, 2, 4, 5) // [B, rows, columns, w, w, C]
            .reshape(-1, side, side, c);
    }

    /// <summary>Undoes <see cref="Split"/>, dropping the padding.</summary>
    /// <param name="windows"><c>[B * n, w, w, C]</c>.</param>
    /// <param name="h">Rows of the grid.</param>
    /// <param name="w">Columns of the grid.</param>
    /// <returns><c>[B, H, W, C]</c>.</returns>
    public static Tensor Merge(Tensor windows, long h, long w)
    {
        long side = windows.shape[1];
        (long rows, long columns) = (PaddedLength(h, side) / side, PaddedLength(w, side) / side);

        return windows
            .reshape(-1, rows, columns, side, side, windows.shape[3])
            .permute(0, 1, 3, 2, 4, 5) // [B, rows, w, columns, w, C]
            .reshape(-1, rows * side, columns * side, windows.shape[3])
            .slice(1, 0, h, 1)
            .slice(2, 0, w, 1);
    }
}
