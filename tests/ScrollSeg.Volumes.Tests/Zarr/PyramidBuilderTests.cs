using CsCheck;
using ScrollSeg.Testing;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Volumes.Tests.Zarr;

public sealed class PyramidBuilderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(Downsampling.Mean, 3)] // (1 + 2 + 3 + 4 + 1 + 2 + 3 + 4) / 8 = 2.5, rounded half up
    [InlineData(Downsampling.Maximum, 4)]
    [InlineData(Downsampling.Majority, 1)] // all as frequent: the smallest
    public async Task BuildLevel_OfEightVoxels_IsTheKnownAnswer(Downsampling method, byte expected) =>
        Assert.Equal([expected], await HalveAsync(new Shape3(2, 2, 2), VoxelType.UInt8, [4, 3, 2, 1, 1, 2, 3, 4], method));

    [Fact]
    public async Task Mean_BelowZero_RoundsHalfUp()
    {
        // -1.5 becomes -1, -2.5 becomes -2, -0.5 becomes 0: half up, not away from zero
        byte[] finer = [0xFF, 0xFE, 0xFE, 0xFD, 0xFF, 0x00];

        Assert.Equal([0xFF, 0xFE, 0x00], await HalveAsync(new Shape3(1, 1, 6), VoxelType.Int8, finer, Downsampling.Mean));
    }

    [Fact]
    public async Task Mean_AtAnOddEdge_CountsOnlyWhatIsInside() =>
        Assert.Equal([2, 9], await HalveAsync(new Shape3(1, 1, 3), VoxelType.UInt8, [1, 3, 9], Downsampling.Mean));

    [Fact]
    public async Task Mean_OfTheLargestIntegers_DoesNotOverflow()
    {
        byte[] finer = new byte[64];
        finer.AsSpan().Fill(0xFF);

        Assert.Equal(finer[..8], await HalveAsync(new Shape3(2, 2, 2), VoxelType.UInt64, finer, Downsampling.Mean));
    }

    [Fact]
    public async Task Mean_WithOneNaN_IsNaN()
    {
        byte[] finer = [.. BitConverter.GetBytes(1f), .. BitConverter.GetBytes(float.NaN)];

        byte[] coarser = await HalveAsync(new Shape3(1, 1, 2), VoxelType.Float32, finer, Downsampling.Mean);

        Assert.True(float.IsNaN(BitConverter.ToSingle(coarser)));
    }

    [Fact]
    public async Task BuildLevel_OfAnyShapeAndType_FollowsTheDefinition()
    {
        int count = 0;
        await Gen.Select(
            Gen.Int[1, 11], Gen.Int[1, 11], Gen.Int[1, 11],
            Gen.Int[0, 3].Select(i => new[] { VoxelType.UInt8, VoxelType.UInt16, VoxelType.Int16, VoxelType.Int32 }[i]),
            Gen.Enum<Downsampling>(), Gen.Int)
            .SampleAsync(
                async (z, y, x, type, method, seed) =>
                {
                    Shape3 shape = new(z, y, x);
                    byte[] finer = new byte[shape.VoxelCount * type.ByteSize()];
                    Random random = new(seed);
                    for (int i = 0; i < shape.VoxelCount; i++)
                    {
                        Put(finer, i, type, random.Next(seed % 2 == 0 ? 3 : 120) - (type.IsUnsigned() ? 0 : 60));
                    }

                    byte[] coarser = await HalveAsync(shape, type, finer, method, Interlocked.Increment(ref count));

                    Assert.Equal(Definition(shape, type, finer, method), coarser);
                },
                seed: "0000KOIPe000",
                iter: 80);
    }

    [Fact]
    public async Task BuildLevel_WithEqualChunks_ReadsEachFinerChunkOnce()
    {
        ZarrArraySpec spec = new(new Shape3(9, 10, 11), new Shape3(4, 4, 4), VoxelType.UInt8);
        using VoxelBuffer voxels = VoxelBuffer.Rent(spec.Shape, spec.Type);
        new Random(1).NextBytes(voxels.Bytes);
        TestArrays.Write(_folder["fine"], spec, voxels);
        await using ZarrVolume finer = await TestArrays.OpenAsync(_folder["fine"]);
        ZarrArraySpec coarserSpec = spec with { Shape = PyramidBuilder.CoarserShape(spec.Shape) };
        Reported reported = new();

        await PyramidBuilder.BuildLevelAsync(
            finer, ZarrArrayWriter.Create(_folder["coarse"], coarserSpec, TestArrays.Files), Downsampling.Mean, threads: 3,
            TestContext.Current.CancellationToken, reported);

        Assert.Equal(27, finer.Counters.Chunks);
        Assert.Equal(8, reported.Most);
    }

    [Fact]
    public async Task BuildLevel_OfAbsentChunks_KeepsTheFillValue()
    {
        ZarrArraySpec spec = new(new Shape3(5, 4, 4), new Shape3(2, 2, 2), VoxelType.UInt16) { FillValue = 300 };
        ZarrArrayWriter.Create(_folder["fine"], spec, TestArrays.Files);
        await using ZarrVolume finer = await TestArrays.OpenAsync(_folder["fine"]);
        ZarrArraySpec zeroFilled = new(new Shape3(3, 2, 2), new Shape3(2, 2, 2), VoxelType.UInt16);

        await PyramidBuilder.BuildLevelAsync(
            finer, ZarrArrayWriter.Create(_folder["coarse"], zeroFilled, TestArrays.Files), Downsampling.Mean, threads: 1,
            TestContext.Current.CancellationToken);

        await using ZarrVolume coarser = await TestArrays.OpenAsync(_folder["coarse"]);
        byte[] all = await TestArrays.ReadAllAsync(coarser);
        Assert.All(Enumerable.Range(0, 12), i => Assert.Equal(300, BitConverter.ToUInt16(all, 2 * i)));
    }

    [Fact]
    public async Task BuildLevel_OfAnotherShapeOrType_IsRefused()
    {
        ZarrArraySpec spec = new(new Shape3(5, 4, 4), new Shape3(2, 2, 2), VoxelType.UInt16);
        ZarrArrayWriter.Create(_folder["fine"], spec, TestArrays.Files);
        await using ZarrVolume finer = await TestArrays.OpenAsync(_folder["fine"]);
        ZarrArraySpec roundedDown = spec with { Shape = new Shape3(2, 2, 2) };
        ZarrArraySpec otherType = new(new Shape3(3, 2, 2), new Shape3(2, 2, 2), VoxelType.UInt8);

        foreach (ZarrArraySpec wrong in new[] { roundedDown, otherType })
        {
            await Assert.ThrowsAsync<ArgumentException>(() => PyramidBuilder.BuildLevelAsync(
                finer, ZarrArrayWriter.Create(_folder["coarse"], wrong, TestArrays.Files), Downsampling.Mean, threads: 1,
                TestContext.Current.CancellationToken));
        }
    }

    private async Task<byte[]> HalveAsync(Shape3 shape, VoxelType type, byte[] finer, Downsampling method, int number = 0)
    {
        ZarrArraySpec spec = new(shape, new Shape3(3, 4, 5), type);
        using VoxelBuffer voxels = VoxelBuffer.Rent(shape, type);
        finer.CopyTo(voxels.Bytes);
        TestArrays.Write(_folder[$"fine{number}"], spec, voxels);
        await using ZarrVolume reader = await TestArrays.OpenAsync(_folder[$"fine{number}"]);
        ZarrArraySpec coarserSpec = new(PyramidBuilder.CoarserShape(shape), new Shape3(2, 3, 4), type);
        await PyramidBuilder.BuildLevelAsync(
            reader, ZarrArrayWriter.Create(_folder[$"coarse{number}"], coarserSpec, TestArrays.Files), method, threads: 2,
            TestContext.Current.CancellationToken);
        await using ZarrVolume coarser = await TestArrays.OpenAsync(_folder[$"coarse{number}"]);
        return await TestArrays.ReadAllAsync(coarser);
    }

    private static byte[] Definition(Shape3 shape, VoxelType type, byte[] finer, Downsampling method)
    {
        Shape3 half = PyramidBuilder.CoarserShape(shape);
        byte[] coarser = new byte[half.VoxelCount * type.ByteSize()];
        for (int i = 0; i < half.VoxelCount; i++)
        {
            (int z, int y, int x) = (i / (half.Y * half.X), i / half.X % half.Y, i % half.X);
            List<int> covered = [];
            for (int n = 0; n < 8; n++)
            {
                (int fz, int fy, int fx) = ((2 * z) + (n / 4), (2 * y) + (n / 2 % 2), (2 * x) + (n % 2));
                if (fz < shape.Z && fy < shape.Y && fx < shape.X)
                {
                    covered.Add(Get(finer, (((fz * shape.Y) + fy) * shape.X) + fx, type));
                }
            }

            Put(coarser, i, type, method switch
            {
                Downsampling.Mean => (int)Math.Floor(covered.Average() + 0.5),
                Downsampling.Maximum => covered.Max(),
                _ => covered.GroupBy(v => v).OrderByDescending(g => g.Count()).ThenBy(g => g.Key).First().Key,
            });
        }

        return coarser;
    }

    private static int Get(byte[] voxels, int index, VoxelType type) => type switch
    {
        VoxelType.UInt8 => voxels[index],
        VoxelType.UInt16 => BitConverter.ToUInt16(voxels, 2 * index),
        VoxelType.Int16 => BitConverter.ToInt16(voxels, 2 * index),
        _ => BitConverter.ToInt32(voxels, 4 * index),
    };

    private static void Put(byte[] voxels, int index, VoxelType type, int value) =>
        BitConverter.GetBytes(value).AsSpan(0, type.ByteSize()).CopyTo(voxels.AsSpan(index * type.ByteSize()));

    private sealed class Reported : IProgress<long>
    {
        private long _most;

        public long Most => _most;

        public void Report(long value)
        {
            lock (this)
            {
                _most = Math.Max(_most, value);
            }
        }
    }
}
