using ScrollSeg.Volumes.Codecs;

namespace ScrollSeg.Volumes.Tests.Codecs;

/// <summary>The vector loops against their scalar twins, and both against the definition.</summary>
public sealed class ShuffleTests
{
    public static TheoryData<int> ElementSizes => [1, 2, 3, 4, 5, 7, 8, 12, 16, 17, 255];

    [Fact]
    public void ByteShuffle_OfThreeElements_PutsFirstBytesFirst()
    {
        byte[] shuffled = new byte[7];
        ByteShuffle.Apply([1, 2, 3, 4, 5, 6, 7], shuffled, elementSize: 2);

        Assert.Equal([1, 3, 5, 2, 4, 6, 7], shuffled);
    }

    [Fact]
    public void BitShuffle_OfEightElements_PutsLowestBitsFirst()
    {
        // Elements 1, 2, 0x100, 0x8000, 0, 0, 0, 3: bit 0 is set in the first and the last, bit 1 in the second and the last, ...
        byte[] shuffled = new byte[16];
        BitShuffle.Apply([1, 0, 2, 0, 0, 1, 0, 0x80, 0, 0, 0, 0, 0, 0, 3, 0], shuffled, elementSize: 2);

        Assert.Equal([0x81, 0x82, 0, 0, 0, 0, 0, 0, 0x04, 0, 0, 0, 0, 0, 0, 0x08], shuffled);
    }

    [Fact]
    public void BitShuffle_OfElementsNotAMultipleOfEight_LeavesThem()
    {
        byte[] bytes = ChunkBytes.Random(27, seed: 1);
        byte[] shuffled = new byte[27];
        BitShuffle.Apply(bytes, shuffled, elementSize: 2);

        Assert.Equal(bytes, shuffled);
    }

    [Theory]
    [MemberData(nameof(ElementSizes))]
    public void ByteShuffle_AtAnyLength_IsTheScalarOne(int elementSize)
    {
        foreach (int count in Counts())
        {
            byte[] bytes = ChunkBytes.Random(count * elementSize, seed: count);
            byte[] expected = new byte[bytes.Length];
            byte[] actual = new byte[bytes.Length];

            ByteShuffle.SeparateScalar(bytes, expected, count, elementSize, first: 0, count);
            ByteShuffle.Separate(bytes, actual, count, elementSize, count);
            Assert.Equal(expected, actual);

            ByteShuffle.InterleaveScalar(bytes, count, expected, elementSize, first: 0, count);
            ByteShuffle.Interleave(bytes, count, actual, elementSize, count);
            Assert.Equal(expected, actual);
        }
    }

    [Fact]
    public void BitShuffle_AtAnyLength_IsTheScalarOne()
    {
        foreach (int count in Counts().Where(count => count % 8 == 0))
        {
            byte[] bytes = ChunkBytes.Random(count, seed: count);
            byte[] expected = new byte[count];
            byte[] actual = new byte[count];

            BitShuffle.BytesToBitsScalar(bytes, expected, count / 8, first: 0);
            BitShuffle.Apply(bytes, actual, elementSize: 1);
            Assert.Equal(expected, actual);

            BitShuffle.BitsToBytesScalar(bytes, count / 8, expected, first: 0);
            BitShuffle.Undo(bytes, actual, elementSize: 1);
            Assert.Equal(expected, actual);
        }
    }

    [Theory]
    [MemberData(nameof(ElementSizes))]
    public void BitShuffle_AtAnyLength_FollowsTheDefinition(int elementSize)
    {
        foreach (int count in Counts().Where(count => count % 8 == 0 && count * elementSize < 40_000))
        {
            byte[] bytes = ChunkBytes.Random(count * elementSize, seed: count);
            byte[] shuffled = new byte[bytes.Length];
            BitShuffle.Apply(bytes, shuffled, elementSize);
            for (int bit = 0; bit < shuffled.Length * 8; bit++)
            {
                int plane = bit / count;
                int element = bit % count;
                int expected = bytes[element * elementSize + plane / 8] >> (plane % 8) & 1;
                if ((shuffled[bit / 8] >> (bit % 8) & 1) != expected)
                {
                    Assert.Fail($"element {element} of {count}, plane {plane}");
                }
            }

            byte[] back = new byte[bytes.Length];
            BitShuffle.Undo(shuffled, back, elementSize);
            Assert.Equal(bytes, back);
        }
    }

    private static IEnumerable<int> Counts() => [.. Enumerable.Range(0, 70), 127, 128, 129, 255, 256, 1000, 1024, 8192, 8200, 20_008];
}
