using ScrollSeg.Sam.Training;

namespace ScrollSeg.Sam.Tests.Training;

/// <summary>The easiest thing to learn: bright squares on dark ground.</summary>
internal sealed class Squares : TrainingSource
{
    public override string Description => "squares";

    public static TrainingExample[] Batch(int number, int count = 2) =>
        [.. Enumerable.Range(0, count).Select(i => Make((number * count) + i, Tiny.Config.ViewSide))];

    protected override ValueTask<TrainingExample> MakeAsync(long number, int side, CancellationToken cancellationToken) => new(Make(number, side));

    private static TrainingExample Make(long number, int side)
    {
        Random random = RandomOf(1, number);
        float[] grey = new float[side * side];
        byte[] labels = new byte[side * side];
        (int x0, int y0, int size) = (random.Next(side / 2), random.Next(side / 2), side / 4 + random.Next(side / 4));
        for (int i = 0; i < labels.Length; i++)
        {
            bool inside = i % side >= x0 && i % side < x0 + size && i / side >= y0 && i / side < y0 + size;
            labels[i] = inside ? (byte)1 : (byte)0;
            grey[i] = (inside ? 200 : 60) + random.Next(20);
        }

        return new TrainingExample(side, grey, labels, $"squares {number}");
    }
}
