using System.Security.Cryptography;
using ScrollSeg.Testing;
using ScrollSeg.Volumes.Images;
using ScrollSeg.Volumes.Tiff;

namespace ScrollSeg.Volumes.Tests.Tiff;

/// <summary>Files of image-tiff, Pillow, tensorstore and imageio against the samples that libtiff decodes: equal, or
/// refused by name.</summary>
public sealed class TiffInteropTests
{
    private const string Table = "interop/EXPECTED-tiff.tsv";
    private const string NotDecoded = "NOT-DECODED";

    /// <summary>libtiff's table gives the hashes of this many pages.</summary>
    private const int HashedPages = 8;

    public static TheoryData<string> Rows =>
        TestData.Find(Table) is string path ? [.. File.ReadLines(path).Skip(1)] : [""];

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task OpenAsync_FileOfOtherPrograms_IsEqualOrRefused(string row)
    {
        Assert.SkipWhen(row.Length == 0, TestData.Missing(Table));
        InteropRow expected = InteropRow.Parse(row);
        string path = TestData.Find("interop/tiff/" + expected.Path)!;
        try
        {
            await using TiffPagesVolume volume = await TiffPagesVolume.OpenAsync(path, new ReaderOptions(), CancellationToken.None);
            string[] actual = expected.IsGrey ? await HashPagesAsync(volume, expected) : HashImage(path, expected);
            Assert.True(expected.IsJpeg || expected.Hashes.SequenceEqual(actual), $"other samples than libtiff's: {string.Join(",", actual)}");
        }
        catch (VolumeFormatException e)
        {
            Assert.False(expected.MustBeRead, e.Message);
            Assert.StartsWith(path, e.Message, StringComparison.Ordinal);
        }
    }

    private static string[] HashImage(string path, InteropRow expected)
    {
        if (expected.Pages > 1)
        {
            return expected.Hashes; // several pages of colour are a volume, and its luminance is not libtiff's table
        }

        return [Convert.ToHexStringLower(SHA256.HashData(ImageFile.Read(path).Samples))];
    }

    private static async Task<string[]> HashPagesAsync(TiffPagesVolume volume, InteropRow expected)
    {
        List<string> hashes = [];
        Shape3 plane = volume.Info.Shape with { Z = 1 };
        for (int z = 0; z < Math.Min(volume.Info.Shape.Z, HashedPages); z++)
        {
            using VoxelBuffer buffer = VoxelBuffer.Rent(plane, volume.Info.Type);
            await volume.ReadAsync(new Box3((z, 0, 0), plane), buffer);
            byte[] samples = expected.Bits == 1 ? Pack(buffer) : buffer.Bytes.ToArray();
            if (expected.ReversedBits)
            {
                ReverseBits(samples);
            }

            hashes.Add(Convert.ToHexStringLower(SHA256.HashData(samples)));
        }

        return [.. hashes];
    }

    /// <summary>The table hashes what tiffcp wrote, and tiffcp keeps FillOrder 2: its bytes are reversed. (tifffile and
    /// Pillow decode 16bit.r.tif as we do.)</summary>
    private static void ReverseBits(byte[] samples)
    {
        foreach (ref byte sample in samples.AsSpan())
        {
            int reversed = 0;
            for (int bit = 0; bit < 8; bit++)
            {
                reversed |= ((sample >> bit) & 1) << (7 - bit);
            }

            sample = (byte)reversed;
        }
    }

    private static byte[] Pack(VoxelBuffer plane)
    {
        int rowBytes = (plane.Shape.X + 7) / 8;
        byte[] packed = new byte[plane.Shape.Y * rowBytes];
        for (int y = 0; y < plane.Shape.Y; y++)
        {
            Span<byte> row = plane.Row(0, y);
            for (int x = 0; x < row.Length; x++)
            {
                packed[(y * rowBytes) + (x / 8)] |= (byte)(row[x] << (7 - (x % 8)));
            }
        }

        return packed;
    }

    private sealed record InteropRow(
        string Path, string Order, bool Big, int Pages, int Samples, string AllBits, string Compression, string Photometric, bool ReversedBits, string[] Hashes)
    {
        /// <summary>Pages of different extents, and chains of pages that come back: no volumes.</summary>
        private static readonly string[] NoVolumes =
        [
            "multipage-mmap.tiff", "multipage.tiff", "multipage_out_of_order.tiff",
            "multipage_multiple_frame_loop.tiff", "multipage_single_frame_loop.tiff",
        ];

        private static readonly string[] Read = ["none", "lzw", "deflate", "adobe-deflate", "packbits", "zstd"];

        public int Bits => int.Parse(AllBits.Split('/')[0]);

        public bool IsGrey => Samples == 1;

        public bool IsJpeg => Compression == "jpeg";

        /// <summary>What the status table of the reader promises.</summary>
        public bool MustBeRead =>
            Hashes[0] != NotDecoded && !NoVolumes.Contains(System.IO.Path.GetFileName(Path)) && Read.Contains(Compression) && Bits is 1 or 8 or 16 or 32 or 64 &&
            IsGrey && Photometric is "0" or "1" or "3";

        public static InteropRow Parse(string row)
        {
            string[] cells = row.Split('\t');
            return new InteropRow(
                cells[0], cells[1], cells[2] == "1", int.Parse(cells[3]), int.Parse(cells[6]), cells[7], cells[9], cells[11],
                cells[14] == "2", cells[15].Split(','));
        }
    }
}
