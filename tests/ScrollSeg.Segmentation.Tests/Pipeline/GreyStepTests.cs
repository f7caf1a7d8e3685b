using CsCheck;
using ScrollSeg.Segmentation.Pipeline;

namespace ScrollSeg.Segmentation.Tests.Pipeline;

public sealed class GreyStepTests
{
    [Fact]
    public void Apply_AnyStep_AnswersAsTheTableDoes()
    {
        Gen.Select(Gen.Int[1, 65535], Gen.Byte, Gen.Byte, Gen.UShort.Array[0, 200]).Where(c => c.Item2 != c.Item3).Sample(
            (from, below, above, voxels) =>
            {
                byte[] table = [.. Enumerable.Range(0, 65536).Select(grey => grey < from ? below : above)];
                byte[] answers = new byte[voxels.Length];
                voxels = [.. voxels.Select((grey, i) => i % 3 == 0 ? (ushort)(from - 1 + (i % 2)) : grey)]; // both sides of the step

                int done = GreyStep.In(table)!.Apply(voxels, answers);

                Assert.InRange(voxels.Length - done, 0, 63);
                Assert.Equal(voxels[..done].Select(grey => table[grey]), answers[..done]);
            },
            seed: "0N0XIzNsQ0O2", iter: 100, threads: 1);
    }

    [Theory]
    [InlineData(7, 7, 7)]
    [InlineData(7, 9, 7)]
    [InlineData(7, 9, 11)]
    public void In_ATableWithoutExactlyOneStep_IsNull(byte low, byte middle, byte high)
    {
        byte[] table = [.. Enumerable.Range(0, 65536).Select(grey => grey < 100 ? low : grey < 40000 ? middle : high)];

        Assert.Null(GreyStep.In(table));
    }
}
