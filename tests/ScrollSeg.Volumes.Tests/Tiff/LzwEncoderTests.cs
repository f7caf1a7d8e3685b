using ScrollSeg.Volumes.Tiff;

namespace ScrollSeg.Volumes.Tests.Tiff;

public sealed class LzwEncoderTests
{
    [Fact]
    public void Encode_WorkedExampleOfTheSpecification_GivesItsCodes()
    {
        // TIFF 6.0, section 13: 7 7 7 8 8 7 7 6 6 gives the codes below, nine bits each
        byte[] encoded = LzwEncoder.Encode([7, 7, 7, 8, 8, 7, 7, 6, 6]);

        Assert.Equal([256, 7, 258, 8, 8, 258, 6, 6, 257], Codes(encoded, 9));
    }

    [Fact]
    public void Encode_Nothing_GivesClearAndEnd() => Assert.Equal([256, 257], Codes(LzwEncoder.Encode([]), 9));

    private static int[] Codes(byte[] encoded, int width)
    {
        List<int> codes = [];
        for (int bit = 0; bit + width <= encoded.Length * 8; bit += width)
        {
            int code = 0;
            for (int i = bit; i < bit + width; i++)
            {
                code = (code << 1) | ((encoded[i / 8] >> (7 - (i % 8))) & 1);
            }

            codes.Add(code);
        }

        return [.. codes];
    }
}
