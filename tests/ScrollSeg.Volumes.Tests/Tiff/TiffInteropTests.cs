using System.Security.Cryptography;
using ScrollSeg.Testing;
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

    private const int ReadFiles = 208;
    private const int RefusedFiles = 67;

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
            string[] actual = expected.IsGrey ? await HashPagesAsync(volume, expected) : HashSamples(path, expected.ReversedBits);
            Assert.True(expected.IsJpeg || expected.IsUndecodedPlanar || expected.Hashes.SequenceEqual(actual), $"other samples than libtiff's: {string.Join(",", actual)}");
        }
        catch (VolumeFormatException e)
        {
            Assert.False(expected.MustBeRead, e.Message);
            Assert.StartsWith(path, e.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>What the README of the folder says.</summary>
    [Fact]
    public async Task OpenAsync_AllFilesOfOtherPrograms_ReadsAsManyAsTheReadmeSays()
    {
        Assert.SkipWhen(Rows.Any(row => row.Data.Length == 0), TestData.Missing(Table));
        int read = 0;
        SortedDictionary<string, int> refused = new(StringComparer.Ordinal);
        foreach (string row in TestData.Find(Table) is string table ? File.ReadLines(table).Skip(1) : [])
        {
            string path = TestData.Find("interop/tiff/" + InteropRow.Parse(row).Path)!;
            try
            {
                await using TiffPagesVolume volume = await TiffPagesVolume.OpenAsync(path, new ReaderOptions(), CancellationToken.None);
                _ = HashSamples(path, isReversed: false);
                read++;
            }
            catch (VolumeFormatException e)
            {
                string problem = e.Message[(path.Length + 2)..];
                refused[problem] = refused.GetValueOrDefault(problem) + 1;
            }
        }

        Assert.True((read, refused.Values.Sum()) == (ReadFiles, RefusedFiles), $"{read} read\n" + string.Join("\n", refused.Select(pair => $"{pair.Value} {pair.Key}")));
    }

    /// <summary>libtiff's table has no hashes of separate planes; the same pictures, made by libtiff's author with and without.</summary>
    [Theory]
    [InlineData("image-tiff/tests/libtiffpic/depth/flower-rgb-planar-02.tif", "image-tiff/tests/libtiffpic/depth/flower-rgb-contig-02.tif")]
    [InlineData("image-tiff/tests/libtiffpic/depth/flower-rgb-planar-04.tif", "image-tiff/tests/libtiffpic/depth/flower-rgb-contig-04.tif")]
    [InlineData("image-tiff/tests/libtiffpic/depth/flower-rgb-planar-08.tif", "image-tiff/tests/libtiffpic/depth/flower-rgb-contig-08.tif")]
    [InlineData("image-tiff/tests/libtiffpic/depth/flower-rgb-planar-10.tif", "image-tiff/tests/libtiffpic/depth/flower-rgb-contig-10.tif")]
    [InlineData("image-tiff/tests/libtiffpic/depth/flower-rgb-planar-12.tif", "image-tiff/tests/libtiffpic/depth/flower-rgb-contig-12.tif")]
    [InlineData("image-tiff/tests/libtiffpic/depth/flower-rgb-planar-14.tif", "image-tiff/tests/libtiffpic/depth/flower-rgb-contig-14.tif")]
    [InlineData("image-tiff/tests/libtiffpic/depth/flower-rgb-planar-16.tif", "image-tiff/tests/libtiffpic/depth/flower-rgb-contig-16.tif")]
    [InlineData("pillow/Tests/images/tiff_tiled_planar_16bit_RGBa.tiff", "pillow/Tests/images/tiff_strip_planar_16bit_RGBa.tiff")]
    public void Read_SeparatePlanes_GivesWhatTheOtherLayoutGives(string planar, string other)
    {
        string? first = TestData.Find("interop/tiff/" + planar);
        string? second = TestData.Find("interop/tiff/" + other);
        Assert.SkipWhen(first is null || second is null, TestData.Missing("interop/tiff"));

        Assert.Equal(HashSamples(second, isReversed: false), HashSamples(first, isReversed: false));
    }

    /// <summary>Colour as it is stored, before it becomes luminance.</summary>
    private static string[] HashSamples(string path, bool isReversed)
    {
        using TiffSource source = new(path);
        return [.. TiffPages.Walk(source).Take(HashedPages).Select(directory =>
        {
            TiffPage page = TiffPage.Read(source, directory);
            int rowBytes = page.Width * page.PixelBytes;
            byte[] samples = new byte[page.Height * rowBytes];
            new TiffRegionReader(source, page, new Box3((0, 0, 0), new Shape3(1, page.Height, page.Width)), (y, x, pixels) =>
                pixels.CopyTo(samples.AsSpan((y * rowBytes) + (x * page.PixelBytes)))).Read(CancellationToken.None);
            byte[] stored = page.IsOfWholeBytes ? samples : Pack(samples, page.Height, page.Bits, page.Type.ByteSize());
            if (isReversed)
            {
                ReverseBits(stored);
            }

            return Convert.ToHexStringLower(SHA256.HashData(stored));
        })];
    }

    private static async Task<string[]> HashPagesAsync(TiffPagesVolume volume, InteropRow expected)
    {
        List<string> hashes = [];
        Shape3 plane = volume.Info.Shape with { Z = 1 };
        for (int z = 0; z < Math.Min(volume.Info.Shape.Z, HashedPages); z++)
        {
            using VoxelBuffer buffer = VoxelBuffer.Rent(plane, volume.Info.Type);
            await volume.ReadAsync(new Box3((z, 0, 0), plane), buffer);
            byte[] samples = expected.Bits % 8 == 0
                ? buffer.Bytes.ToArray()
                : Pack(buffer.Bytes, buffer.Shape.Y, expected.Bits, volume.Info.Type.ByteSize());
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

    /// <summary>Bit by bit, the high-order one first, each row from a byte on.</summary>
    private static byte[] Pack(ReadOnlySpan<byte> samples, int rows, int bits, int size)
    {
        int count = samples.Length / size / rows;
        int rowBytes = ((count * bits) + 7) / 8;
        byte[] packed = new byte[rows * rowBytes];
        for (int i = 0; i < rows * count; i++)
        {
            int sample = size == 1 ? samples[i] : BitConverter.ToUInt16(samples.Slice(2 * i, 2));
            for (int bit = 0; bit < bits; bit++)
            {
                int place = (i % count * bits) + bit;
                packed[(i / count * rowBytes) + (place / 8)] |= (byte)(((sample >> (bits - 1 - bit)) & 1) << (7 - (place % 8)));
            }
        }

        return packed;
    }

    private sealed record InteropRow(
        string Path, string Order, bool Big, int Pages, int Samples, string AllBits, string Format, string Compression, string Photometric, string Planar, bool ReversedBits, string[] Hashes)
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

        /// <summary>tiffcp, which made the table, does not take separate planes together.</summary>
        public bool IsUndecodedPlanar => Hashes[0] == NotDecoded && Planar == "2";

        /// <summary>What the status table of the reader promises.</summary>
        public bool MustBeRead =>
            Hashes[0] != NotDecoded && !NoVolumes.Contains(System.IO.Path.GetFileName(Path)) && Read.Contains(Compression) &&
            AllBits.Split('/').Distinct().Count() == 1 &&
            ((IsGrey && Bits is (>= 1 and <= 16) or 32 or 64 && Photometric is "0" or "1" or "3") ||
                (Samples == 3 && Bits <= 16 && Format.Split('/')[0] == "1" && Photometric == "2"));

        public static InteropRow Parse(string row)
        {
            string[] cells = row.Split('\t');
            return new InteropRow(
                cells[0], cells[1], cells[2] == "1", int.Parse(cells[3]), int.Parse(cells[6]), cells[7], cells[8], cells[9], cells[11], cells[12],
                cells[14] == "2", cells[15].Split(','));
        }
    }
}
