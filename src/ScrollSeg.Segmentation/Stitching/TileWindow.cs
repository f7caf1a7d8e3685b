namespace ScrollSeg.Segmentation.Stitching;

/// <summary>How much a tile's voxels count where tiles overlap: the product of one profile along y and one along x.</summary>
public sealed class TileWindow
{
    private TileWindow(double[] profile) => Profile = profile;

    /// <summary>Weights along one side, all positive: no voxel divides by zero.</summary>
    public IReadOnlyList<double> Profile { get; }

    /// <summary>A Gaussian with sigma = side / 8, as nnU-Net weighs its patches (Isensee et al., Nature Methods 18,
    /// 2021): a network knows least about the border of what it sees.</summary>
    public static TileWindow Gaussian(int side)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(side, 1);
        double centre = (side - 1) / 2.0;
        double sigma = side / 8.0;
        return new TileWindow([.. Enumerable.Range(0, side).Select(i => Math.Exp(-0.5 * Math.Pow((i - centre) / sigma, 2)))]);
    }
}
