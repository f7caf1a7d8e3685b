using ScrollSeg.Segmentation.Baselines;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Phantoms;

namespace ScrollSeg.Segmentation.Tests.Phantoms;

/// <summary>What thresholds make of a scroll phantom: Dice against its labels within its support.</summary>
/// <param name="AllForeground">Everything is called sheet: what a threshold that sees nothing reaches.</param>
/// <param name="Otsu">Otsu's threshold of the whole volume.</param>
/// <param name="BestSmoothed2D">The best of all thresholds, above or below, and of all sigmas, chosen with the truth.</param>
/// <param name="BestSigma">The sigma, in voxels, at which it was reached; 0 for no smoothing.</param>
/// <param name="Otsu3D">Otsu's threshold after a 3D Gaussian, the better of sigma 1 and 2.</param>
internal sealed record ThresholdBaselines(
    double AllForeground, double Otsu, double BestSmoothed2D, double BestSigma, double Otsu3D)
{
    private static readonly double[] Sigmas = [0, 0.5, 1, 1.5, 2, 3];

    public double Highest => Math.Max(Otsu, Math.Max(BestSmoothed2D, Otsu3D));

    public static ThresholdBaselines Of(ScrollPhantom phantom)
    {
        using VoxelBuffer grey = VoxelBuffer.Rent(phantom.Shape, VoxelType.UInt16);
        using VoxelBuffer labels = VoxelBuffer.Rent(phantom.Shape, VoxelType.UInt8);
        phantom.Fill(phantom.Bounds, grey, labels);
        float[] raw = new float[phantom.Shape.VoxelCount];
        Span<ushort> voxels = grey.Voxels<ushort>();
        for (int i = 0; i < raw.Length; i++)
        {
            raw[i] = voxels[i];
        }

        byte[] truth = labels.Bytes.ToArray();
        bool[] support = [.. raw.Select(value => value > 0)];
        Histograms plain = new(raw, truth, support);
        (double best, double bestSigma, double otsu3D) = (0, 0, 0);
        foreach (double sigma in Sigmas)
        {
            Histograms smooth = new(Smooth(raw, phantom.Shape, sigma, alongZ: false), truth, support);
            (best, bestSigma) = smooth.Best > best ? (smooth.Best, sigma) : (best, bestSigma);
            if (sigma is 1 or 2)
            {
                otsu3D = Math.Max(otsu3D, new Histograms(Smooth(raw, phantom.Shape, sigma, alongZ: true), truth, support).Otsu);
            }
        }

        return new ThresholdBaselines(plain.AllForeground, plain.Otsu, best, bestSigma, otsu3D);
    }

    /// <summary>A Gaussian, cut at four sigmas, with the border value continued.</summary>
    private static float[] Smooth(float[] voxels, Shape3 shape, double sigma, bool alongZ)
    {
        if (sigma == 0)
        {
            return voxels;
        }

        float[] smooth = Blur(voxels, shape.X, 1, sigma);
        smooth = Blur(smooth, shape.Y, shape.X, sigma);
        return alongZ ? Blur(smooth, shape.Z, shape.Y * shape.X, sigma) : smooth;
    }

    private static float[] Blur(float[] voxels, int extent, int stride, double sigma)
    {
        int radius = (int)Math.Ceiling(4 * sigma);
        double[] kernel = [.. Enumerable.Range(-radius, (2 * radius) + 1).Select(i => Math.Exp(-i * i / (2 * sigma * sigma)))];
        double sum = kernel.Sum();
        float[] weights = [.. kernel.Select(weight => (float)(weight / sum))];
        float[] result = new float[voxels.Length];
        Parallel.For(0, voxels.Length / extent, line =>
        {
            int start = ((line / stride) * stride * extent) + (line % stride);
            for (int i = 0; i < extent; i++)
            {
                float value = 0;
                for (int k = -radius; k <= radius; k++)
                {
                    value += weights[k + radius] * voxels[start + (Math.Clamp(i + k, 0, extent - 1) * stride)];
                }

                result[start + (i * stride)] = value;
            }
        });
        return result;
    }

    /// <summary>Grey values of sheet and of everything, from which each threshold's Dice follows.</summary>
    private sealed class Histograms
    {
        private readonly long[] _sheet = new long[65536];
        private readonly long[] _all = new long[65536];

        public Histograms(float[] voxels, byte[] truth, bool[] support)
        {
            for (int i = 0; i < voxels.Length; i++)
            {
                if (support[i])
                {
                    int bin = (int)voxels[i];
                    _all[bin]++;
                    _sheet[bin] += truth[i];
                }
            }
        }

        public double AllForeground => DiceFrom(0);

        public double Otsu => DiceFrom((int)Math.Ceiling(OtsuThreshold.Of(new VolumeHistogram(0, 1, _all))));

        public double Best
        {
            get
            {
                double best = 0;
                long sheet = _sheet.Sum();
                (long above, long aboveSheet) = (_all.Sum(), sheet);
                (long below, long belowSheet) = (0, 0);
                for (int bin = 0; bin < _all.Length; bin++)
                {
                    best = Math.Max(best, Math.Max(Dice(aboveSheet, above, sheet), Dice(belowSheet, below, sheet)));
                    above -= _all[bin];
                    aboveSheet -= _sheet[bin];
                    below += _all[bin];
                    belowSheet += _sheet[bin];
                }

                return best;
            }
        }

        private static double Dice(long hits, long predicted, long truth) => 2.0 * hits / (predicted + truth);

        private double DiceFrom(int bin) =>
            Dice(_sheet.Skip(bin).Sum(), _all.Skip(bin).Sum(), _sheet.Sum());
    }
}
