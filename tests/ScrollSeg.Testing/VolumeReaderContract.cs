using ScrollSeg.Volumes;
using Xunit;

namespace ScrollSeg.Testing;

/// <summary>
/// What every <see cref="VolumeReader"/> does. A format's tests inherit it and say how voxels get into a file of theirs.
/// </summary>
public abstract class VolumeReaderContract
{
    /// <summary>Extents that no power of two divides, so that chunks, strips and tiles overhang.</summary>
    protected virtual Shape3 Shape => new(13, 21, 19);

    /// <summary>A voxel type that the format has.</summary>
    protected virtual VoxelType Type => VoxelType.UInt16;

    /// <summary>Stores the voxels in the format, in more than one piece where it has pieces, and opens the result.</summary>
    protected abstract Task<VolumeReader> OpenAsync(VoxelBuffer voxels, ReaderOptions options);

    [Fact]
    public async Task Open_OfStoredVoxels_TellsShapeAndType()
    {
        using VoxelBuffer voxels = Voxels();
        await using VolumeReader reader = await OpenAsync(voxels, new ReaderOptions());

        Assert.Equal(Shape, reader.Info.Shape);
        Assert.Equal(Type, reader.Info.Type);
        Assert.True(reader.Info.ChunkShape is { Z: > 0, Y: > 0, X: > 0 }, reader.Info.ChunkShape.ToString());
    }

    [Fact]
    public async Task Read_OfWhole_GivesTheStoredVoxels()
    {
        using VoxelBuffer voxels = Voxels();
        await using VolumeReader reader = await OpenAsync(voxels, new ReaderOptions());

        await AssertReadsAsync(reader, voxels, reader.Info.Bounds);
    }

    [Fact]
    public async Task Read_OfAnyBox_GivesThatPartOfTheWhole()
    {
        Random random = new(20240607);
        using VoxelBuffer voxels = Voxels();
        await using VolumeReader reader = await OpenAsync(voxels, new ReaderOptions());
        for (int i = 0; i < 60; i++)
        {
            await AssertReadsAsync(reader, voxels, AnyBox(random));
        }
    }

    [Fact]
    public async Task Read_OfEverySlice_GivesIt()
    {
        using VoxelBuffer voxels = Voxels();
        await using VolumeReader reader = await OpenAsync(voxels, new ReaderOptions());
        for (int z = 0; z < Shape.Z; z++)
        {
            await AssertReadsAsync(reader, voxels, reader.Info.Bounds.With(Axis.Z, z, 1));
        }
    }

    [Fact]
    public async Task Read_OutsideTheVolume_IsRefused()
    {
        using VoxelBuffer voxels = Voxels();
        await using VolumeReader reader = await OpenAsync(voxels, new ReaderOptions());
        using VoxelBuffer destination = VoxelBuffer.Rent(new Shape3(1, 1, 1), Type);
        Box3[] outside =
        [
            new((-1, 0, 0), new Shape3(1, 1, 1)),
            new((0, -1, 0), new Shape3(1, 1, 1)),
            new((0, 0, -1), new Shape3(1, 1, 1)),
            new((Shape.Z, 0, 0), new Shape3(1, 1, 1)),
            new((0, Shape.Y - 1, 0), new Shape3(1, 2, 1)),
            new((0, 0, 0), new Shape3(1, 1, Shape.X + 1)),
            new((0, 0, 0), new Shape3(0, 1, 1)),
        ];

        foreach (Box3 box in outside)
        {
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await reader.ReadAsync(box, destination));
        }
    }

    [Fact]
    public async Task Read_IntoABufferOfAnotherShapeOrType_IsRefused()
    {
        using VoxelBuffer voxels = Voxels();
        await using VolumeReader reader = await OpenAsync(voxels, new ReaderOptions());
        using VoxelBuffer tooLarge = VoxelBuffer.Rent(new Shape3(2, 3, 5), Type);
        using VoxelBuffer otherType = VoxelBuffer.Rent(
            new Shape3(2, 3, 4), Type == VoxelType.Float64 ? VoxelType.UInt8 : VoxelType.Float64);
        Box3 region = new((0, 0, 0), new Shape3(2, 3, 4));

        await Assert.ThrowsAsync<ArgumentException>(async () => await reader.ReadAsync(region, tooLarge));
        await Assert.ThrowsAsync<ArgumentException>(async () => await reader.ReadAsync(region, otherType));
    }

    [Fact]
    public async Task Read_FromManyCallersAtOnce_GivesEachItsOwn()
    {
        Random random = new(7);
        Box3[] boxes = [.. Enumerable.Range(0, 24).Select(_ => AnyBox(random))];
        using VoxelBuffer voxels = Voxels();
        await using VolumeReader reader = await OpenAsync(voxels, new ReaderOptions { DecodeThreads = 3 });

        await Task.WhenAll(boxes.Select(box => Task.Run(() => AssertReadsAsync(reader, voxels, box))));
    }

    [Fact]
    public async Task Read_WhenCancelled_Stops()
    {
        using VoxelBuffer voxels = Voxels();
        await using VolumeReader reader = await OpenAsync(voxels, new ReaderOptions());
        using VoxelBuffer destination = VoxelBuffer.Rent(Shape, Type);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await reader.ReadAsync(reader.Info.Bounds, destination, new CancellationToken(canceled: true)));
    }

    [Fact]
    public async Task Reader_OnceDisposed_HoldsNoMemory()
    {
        CountingAllocator allocator = new();
        using VoxelBuffer voxels = Voxels();
        VolumeReader reader = await OpenAsync(voxels, new ReaderOptions { Allocator = allocator });
        await AssertReadsAsync(reader, voxels, new Box3((1, 1, 1), new Shape3(Shape.Z - 1, Shape.Y - 1, Shape.X - 1)));

        await reader.DisposeAsync();

        Assert.Equal(0, allocator.Outstanding);
    }

    [Fact]
    public async Task Fingerprint_OfUntouchedFiles_StaysTheSame()
    {
        using VoxelBuffer voxels = Voxels();
        await using VolumeReader reader = await OpenAsync(voxels, new ReaderOptions());

        string first = await reader.FingerprintAsync(withTimes: true);

        Assert.Matches("^[0-9a-f]{64}$", first);
        Assert.Equal(first, await reader.FingerprintAsync(withTimes: true));
    }

    /// <summary>Reads a box and compares every byte of it with the voxels that were stored.</summary>
    protected static async Task AssertReadsAsync(VolumeReader reader, VoxelBuffer stored, Box3 box)
    {
        using VoxelBuffer read = VoxelBuffer.Rent(box.Shape, reader.Info.Type);
        read.Bytes.Fill(0xA5); // what is not written shows
        await reader.ReadAsync(box, read);
        int size = stored.Type.ByteSize();
        for (int z = 0; z < box.Shape.Z; z++)
        {
            for (int y = 0; y < box.Shape.Y; y++)
            {
                bool equal = stored.Row(box.Start.Z + z, box.Start.Y + y)
                    .Slice(box.Start.X * size, box.Shape.X * size)
                    .SequenceEqual(read.Row(z, y));
                Assert.True(equal, $"{box}: row z {z}, y {y} of the box differs from what was stored.");
            }
        }
    }

    /// <summary>Voxels that all differ from their neighbours: seeded noise; for bool the lowest bit of it.</summary>
    protected VoxelBuffer Voxels()
    {
        VoxelBuffer voxels = VoxelBuffer.Rent(Shape, Type);
        new Random(41).NextBytes(voxels.Bytes);
        if (Type == VoxelType.Bool)
        {
            foreach (ref byte voxel in voxels.Bytes)
            {
                voxel &= 1;
            }
        }

        return voxels;
    }

    /// <summary>Every other box is large, so that some hold whole chunks, in their middle and at their edges.</summary>
    private Box3 AnyBox(Random random)
    {
        bool isLarge = random.Next(2) == 0;
        (int z, int depth) = AnyRange(random, Shape.Z, isLarge);
        (int y, int height) = AnyRange(random, Shape.Y, isLarge);
        (int x, int width) = AnyRange(random, Shape.X, isLarge);
        return new Box3((z, y, x), new Shape3(depth, height, width));
    }

    private static (int Start, int Length) AnyRange(Random random, int extent, bool isLarge)
    {
        int start = random.Next(isLarge ? (extent / 3) + 1 : extent);
        int longest = extent - start;
        return (start, isLarge ? longest - random.Next((longest + 1) / 2) : random.Next(longest) + 1);
    }
}
