using System.Security.Cryptography;
using CsCheck;
using ScrollSeg.Testing;
using ScrollSeg.Volumes.Codecs;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Tests.Storage;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Volumes.Tests.Zarr;

public sealed class ZarrArrayWriterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task WriteThenRead_OfAnyArray_GivesTheSameVoxels()
    {
        Gen<(Shape3 Shape, Shape3 Chunk, VoxelType Type, string Codec, bool Nested, int Seed)> arrays = Gen.Select(
            GenShape(12), GenShape(7), Gen.Enum<VoxelType>(), Codecs,
            Gen.Bool, Gen.Int);
        int count = 0;
        await arrays.SampleAsync(
            async array =>
            {
                string path = _folder[$"{Interlocked.Increment(ref count)}.zarr"];
                ZarrArraySpec spec = new(array.Shape, array.Chunk, array.Type)
                {
                    Codec = ZarrV2Codecs.FromName(array.Codec, array.Type.ByteSize()),
                    Separator = array.Nested ? '/' : '.',
                };
                using VoxelBuffer voxels = Random(spec, array.Seed);
                TestArrays.Write(path, spec, voxels);

                await using ZarrVolume volume = await TestArrays.OpenAsync(path);

                Assert.Equal((spec.Shape, spec.ChunkShape, spec.Type), (volume.Info.Shape, volume.Info.ChunkShape, volume.Info.Type));
                Assert.Equal(voxels.Bytes.ToArray(), await TestArrays.ReadAllAsync(volume));
            },
            seed: "0N0XIzNsQ0O2",
            iter: 60);
    }

    [Fact]
    public void Create_WritesTheHeaderThatZarrPythonReads()
    {
        ZarrArraySpec spec = new(new Shape3(3, 5, 6), new Shape3(2, 3, 4), VoxelType.Float32)
        {
            FillValue = double.NaN,
            Codec = ZarrV2Codecs.FromName("gzip", 4),
        };

        ZarrArrayWriter.Create(_folder["a.zarr"], spec, TestArrays.Files);

        Assert.Equal(
            """
            {
              "zarr_format": 2,
              "shape": [
                3,
                5,
                6
              ],
              "chunks": [
                2,
                3,
                4
              ],
              "dtype": "<f4",
              "compressor": {
                "id": "gzip",
                "level": 5
              },
              "fill_value": "NaN",
              "order": "C",
              "filters": null,
              "dimension_separator": "/"
            }

            """,
            File.ReadAllText(Path.Combine(_folder["a.zarr"], ".zarray")));
    }

    [Fact]
    public void WriteChunk_IntoAnArrayThatIsGone_BringsNothingBack()
    {
        ZarrArraySpec spec = new(new Shape3(2, 1, 1), new Shape3(1, 1, 1), VoxelType.UInt8);
        ZarrArrayWriter writer = ZarrArrayWriter.Create(_folder["a.zarr"], spec, TestArrays.Files);
        using VoxelBuffer voxels = VoxelBuffer.Rent(new Shape3(1, 1, 1), VoxelType.UInt8);
        voxels.Bytes[0] = 5;
        Directory.Move(_folder["a.zarr"], _folder["b.zarr"]);

        IOException e = Assert.Throws<IOException>(() => writer.WriteChunk((1, 0, 0), voxels));

        Assert.Contains("the array is gone", e.Message, StringComparison.Ordinal);
        Assert.False(Path.Exists(_folder["a.zarr"]));
    }

    [Fact]
    public void WriteChunk_ThatOverhangs_FillsUpWithTheFillValue()
    {
        ZarrArraySpec spec = new(new Shape3(1, 1, 3), new Shape3(1, 2, 2), VoxelType.UInt8) { FillValue = 9 };
        ZarrArrayWriter writer = ZarrArrayWriter.Create(_folder["a.zarr"], spec, TestArrays.Files);
        using VoxelBuffer last = VoxelBuffer.Rent(new Shape3(1, 1, 1), VoxelType.UInt8);
        last.Bytes[0] = 5;

        StoredObject? written = writer.WriteChunk((0, 0, 1), last);

        byte[] bytes = File.ReadAllBytes(Path.Combine(_folder["a.zarr"], "0", "0", "1"));
        Assert.Equal([5, 9, 9, 9], bytes);
        Assert.Equal(new StoredObject("0/0/1", 4, Convert.ToHexStringLower(SHA256.HashData(bytes))), written);
    }

    [Theory]
    [InlineData(VoxelType.UInt8, 3)]
    [InlineData(VoxelType.Int16, -3)]
    [InlineData(VoxelType.Float32, double.NaN)]
    [InlineData(VoxelType.Float64, 0)]
    public void WriteChunk_OfNothingButTheFillValue_WritesNothing(VoxelType type, double fill)
    {
        ZarrArraySpec spec = new(new Shape3(2, 2, 2), new Shape3(2, 2, 2), type) { FillValue = fill };
        ZarrArrayWriter writer = ZarrArrayWriter.Create(_folder["a.zarr"], spec, TestArrays.Files);
        using VoxelBuffer voxels = VoxelBuffer.Rent(spec.Shape, type);
        ZarrFillValue.From(fill, type).Fill(voxels.Bytes);

        Assert.Null(writer.WriteChunk((0, 0, 0), voxels));
        Assert.Equal([".zarray"], Files());

        voxels.Bytes[^1] ^= 0x40;
        Assert.NotNull(writer.WriteChunk((0, 0, 0), voxels));
    }

    [Fact]
    public void WriteChunk_OfMinusZero_IsNotTakenForZero()
    {
        ZarrArraySpec spec = new(new Shape3(1, 1, 1), new Shape3(1, 1, 1), VoxelType.Float32);
        ZarrArrayWriter writer = ZarrArrayWriter.Create(_folder["a.zarr"], spec, TestArrays.Files);
        using VoxelBuffer voxels = VoxelBuffer.Rent(spec.Shape, spec.Type);
        voxels.Voxels<float>()[0] = -0.0f;

        Assert.NotNull(writer.WriteChunk((0, 0, 0), voxels));
    }

    [Fact]
    public void WriteChunk_OfAnotherShapeTypeOrPlace_IsRefused()
    {
        ZarrArraySpec spec = new(new Shape3(4, 4, 3), new Shape3(2, 2, 2), VoxelType.UInt8);
        ZarrArrayWriter writer = ZarrArrayWriter.Create(_folder["a.zarr"], spec, TestArrays.Files);
        using VoxelBuffer whole = VoxelBuffer.Rent(new Shape3(2, 2, 2), VoxelType.UInt8);
        using VoxelBuffer otherType = VoxelBuffer.Rent(new Shape3(2, 2, 2), VoxelType.Int8);

        Assert.Throws<ArgumentException>(() => writer.WriteChunk((0, 0, 1), whole)); // overhangs: 2 x 2 x 1 belong there
        Assert.Throws<ArgumentException>(() => writer.WriteChunk((0, 0, 0), otherType));
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.WriteChunk((2, 0, 0), whole));
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.WriteChunk((0, -1, 0), whole));
    }

    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(2048, 1024, 1024)]
    public void Create_OfChunksThatNobodyCanRead_IsRefused(int z, int y, int x)
    {
        ZarrArraySpec spec = new(new Shape3(9, 9, 9), new Shape3(z, y, x), VoxelType.UInt8);

        Assert.Throws<ArgumentException>(() => ZarrArrayWriter.Create(_folder["a.zarr"], spec, TestArrays.Files));
        Assert.False(Directory.Exists(_folder["a.zarr"]));
    }

    [Theory]
    [InlineData(VoxelType.UInt8, 256)]
    [InlineData(VoxelType.UInt8, -1)]
    [InlineData(VoxelType.UInt16, 0.5)]
    [InlineData(VoxelType.Int32, double.NaN)]
    [InlineData(VoxelType.Bool, 2)]
    public void Spec_WithAFillValueThatTheTypeLacks_IsRefused(VoxelType type, double fill) =>
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new ZarrArraySpec(new Shape3(1, 1, 1), new Shape3(1, 1, 1), type) { FillValue = fill });

    [Fact]
    public void Write_WithAnyCallFailing_LeavesWholeFilesOnly()
    {
        ZarrArraySpec spec = new(new Shape3(3, 2, 4), new Shape3(2, 2, 2), VoxelType.UInt16);
        using VoxelBuffer voxels = Random(spec, seed: 5);
        FailingOperations counting = new(failing: 0);
        List<StoredObject> whole = TestArrays.Write(_folder["whole.zarr"], spec, voxels, new AtomicFile(counting));
        byte[] header = File.ReadAllBytes(Path.Combine(_folder["whole.zarr"], ".zarray"));
        Assert.True(counting.Calls > 20, $"{counting.Calls} calls");

        for (int k = 1; k <= counting.Calls; k++)
        {
            string path = _folder["a.zarr"];
            IOException error = Assert.Throws<IOException>(
                () => TestArrays.Write(path, spec, voxels, new AtomicFile(new FailingOperations(k))));

            Assert.Contains($"call {k} fails", error.ToString(), StringComparison.Ordinal);
            AssertOnlyWholeFiles(path, whole, header);
            TestArrays.Write(path, spec, voxels); // the same again completes it
            Assert.Equal(whole.Count + 1, Files().Count);
            AssertOnlyWholeFiles(path, whole, header);
            Directory.Delete(path, recursive: true);
        }
    }

    private void AssertOnlyWholeFiles(string path, List<StoredObject> whole, byte[] header)
    {
        foreach (string key in Files())
        {
            byte[] bytes = File.ReadAllBytes(Path.Combine(path, key));
            string expected = key == ".zarray"
                ? Convert.ToHexStringLower(SHA256.HashData(header))
                : whole.Single(stored => stored.Key == key).Sha256;
            Assert.Equal(expected, Convert.ToHexStringLower(SHA256.HashData(bytes)));
        }
    }

    private List<string> Files() => !Directory.Exists(_folder["a.zarr"]) ? [] :
    [
        .. Directory.GetFiles(_folder["a.zarr"], "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(_folder["a.zarr"], file).Replace('\\', '/')),
    ];

    private static Gen<string> Codecs { get; } =
        Gen.Int[0, 4].Select(i => new[] { "none", "gzip", "zstd", "blosc-lz4", "blosc-zstd" }[i]);

    private static Gen<Shape3> GenShape(int most) =>
        Gen.Select(Gen.Int[1, most], Gen.Int[1, most], Gen.Int[1, most]).Select(s => new Shape3(s.Item1, s.Item2, s.Item3));

    /// <summary>Noise with zeros between, so that some chunks are not written.</summary>
    private static VoxelBuffer Random(ZarrArraySpec spec, int seed)
    {
        VoxelBuffer voxels = VoxelBuffer.Rent(spec.Shape, spec.Type);
        Random random = new(seed);
        random.NextBytes(voxels.Bytes);
        if (spec.Type == VoxelType.Bool)
        {
            foreach (ref byte voxel in voxels.Bytes)
            {
                voxel &= 1;
            }
        }

        if (spec.Shape.Z > 1 && seed % 2 == 0)
        {
            voxels.Planes(0, spec.Shape.Z / 2).Clear();
        }

        return voxels;
    }
}
