using System.Globalization;

namespace ScrollSeg.Segmentation.Planning;

/// <summary>Whether the grey values chosen as black and white leave a network anything to see.</summary>
public static class WindowCheck
{
    /// <summary>The check's name, by which the trouble-shooting table lists it.</summary>
    public const string Guard = "grey-window";

    /// <summary>Share of the voxels that are all black or all white, and share of the window that the scan's values fill:
    /// beyond these no scan is meant to be shown.</summary>
    private const double Clipped = 0.98;
    private const double Filled = 0.02;

    /// <summary>Holds a window against a scan's values.</summary>
    /// <param name="window">The grey values that become black and white.</param>
    /// <param name="histogram">The scan's values, where it has data.</param>
    /// <returns>A note; <see langword="null"/> if there is nothing to say.</returns>
    public static Finding? Of(IntensityRange window, VolumeHistogram histogram)
    {
        long total = histogram.Total;
        (double least, double most) = (histogram.Quantile(0.0005), histogram.Quantile(0.9995));
        if (total == 0 || most <= least)
        {
            return null;
        }

        long beyond = 0;
        for (int bin = 0; bin < histogram.Counts.Length; bin++)
        {
            double value = histogram.ValueOf(bin);
            beyond += value <= window.Low || value >= window.High ? histogram.Counts[bin] : 0;
        }

        double seen = Math.Min(most, window.High) - Math.Max(least, window.Low);
        return beyond >= Clipped * total || seen < Filled * (window.High - window.Low)
            ? new Finding(
                Guard,
                string.Create(CultureInfo.InvariantCulture,
                    $"Between {window.Low} (black) and {window.High} (white) the network sees almost nothing of a scan whose values lie between {least} and {most}."),
                "a window around the scan's own values; scrollseg info says their type",
                "a window of 0..1 for values of 0..255 or 0..65535, or the reverse; leave --intensity out to take percentiles")
            : null;
    }
}
