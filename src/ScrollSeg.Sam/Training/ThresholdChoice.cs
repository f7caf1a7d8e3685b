using ScrollSeg.Segmentation.Metrics;

namespace ScrollSeg.Sam.Training;

/// <summary>Chooses a threshold where the truth may be used, and scores it where it may not.</summary>
public static class ThresholdChoice
{
    /// <summary>The grey level from which on pixels count as foreground, so that Dice is highest.</summary>
    /// <param name="values">0 to 255, a pixel each.</param>
    /// <param name="labels">1 foreground, 0 background, <see cref="TrainingExample.Ignored"/> neither.</param>
    /// <param name="isWanted">Which pixels may be looked at.</param>
    public static int Best(ReadOnlySpan<byte> values, ReadOnlySpan<byte> labels, Func<int, bool> isWanted)
    {
        long[] foreground = new long[257];
        long[] background = new long[257];
        for (int i = 0; i < values.Length; i++)
        {
            if (labels[i] != TrainingExample.Ignored && isWanted(i))
            {
                (labels[i] == 1 ? foreground : background)[values[i]]++;
            }
        }

        long all = foreground.Sum();
        (int best, double dice) = (128, -1);
        (long hits, long surplus) = (0, 0);
        for (int level = 255; level > 0; level--)
        {
            hits += foreground[level];
            surplus += background[level];
            double score = 2.0 * hits / Math.Max(1, hits + surplus + all);
            if (score > dice)
            {
                (best, dice) = (level, score);
            }
        }

        return best;
    }

    /// <summary>Counts the mask that a threshold makes against the truth.</summary>
    /// <param name="values">0 to 255, a pixel each.</param>
    /// <param name="level">From this on pixels count as foreground.</param>
    /// <param name="labels">1 foreground, 0 background, <see cref="TrainingExample.Ignored"/> neither.</param>
    /// <param name="isWanted">Which pixels count.</param>
    public static OverlapCounts Score(ReadOnlySpan<byte> values, int level, ReadOnlySpan<byte> labels, Func<int, bool> isWanted)
    {
        byte[] mask = new byte[values.Length];
        byte[] truth = new byte[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            mask[i] = values[i] >= level ? (byte)1 : (byte)0;
            truth[i] = labels[i] == TrainingExample.Ignored || !isWanted(i) ? (byte)2 : labels[i];
        }

        OverlapCounts counts = new();
        counts.Add(mask, truth, ignore: 2);
        return counts;
    }
}
