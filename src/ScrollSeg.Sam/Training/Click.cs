namespace ScrollSeg.Sam.Training;

/// <summary>A click in pixels of the view.</summary>
/// <param name="X">Column.</param>
/// <param name="Y">Row.</param>
/// <param name="Label">1 on the object, 0 beside it, -1 no click.</param>
internal readonly record struct Click(float X, float Y, float Label)
{
    /// <summary>What fills a place where nothing is clicked.</summary>
    public static Click None { get; } = new(0, 0, -1);

    /// <summary>A random pixel of the object.</summary>
    public static Click OnObject(TargetObject target, Random random)
    {
        int pixel = TargetObject.Nth(target.Mask, 1, random.Next(target.Mask.Count(value => value == 1)));
        return At(pixel, target.Side, isForeground: true);
    }

    /// <summary>A random pixel at which a mask and the object differ, labelled with what is there.</summary>
    /// <param name="target">The object.</param>
    /// <param name="mask">Not 0 where the network sees the object, <c>[V, V]</c>.</param>
    /// <param name="labels">Pixels of <see cref="TrainingExample.Ignored"/> are no error.</param>
    /// <param name="random">Chooses.</param>
    /// <returns><see cref="None"/> for a mask without a fault.</returns>
    public static Click InError(TargetObject target, ReadOnlySpan<byte> mask, ReadOnlySpan<byte> labels, Random random)
    {
        byte[] wrong = new byte[mask.Length];
        int count = 0;
        for (int i = 0; i < mask.Length; i++)
        {
            if ((mask[i] != 0) != (target.Mask[i] != 0) && labels[i] != TrainingExample.Ignored)
            {
                wrong[i] = 1;
                count++;
            }
        }

        if (count == 0)
        {
            return None;
        }

        int pixel = TargetObject.Nth(wrong, 1, random.Next(count));
        return At(pixel, target.Side, isForeground: target.Mask[pixel] != 0);
    }

    /// <summary>A click on a pixel.</summary>
    public static Click At(int pixel, int side, bool isForeground) => new(pixel % side, pixel / side, isForeground ? 1 : 0);
}
