using System.Buffers.Binary;
using System.Text.Json.Nodes;
using CsCheck;
using ScrollSeg.Testing;
using ScrollSeg.Testing.Http;
using ScrollSeg.Volumes.Codecs;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Volumes.Tests.Zarr;

/// <summary>Arrays in shards: written, read in parts, damaged.</summary>
public sealed class ZarrV3Tests : IDisposable
{
    private static readonly Shape3 Extent = new(13, 21, 19);

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Shard => _folder["a.zarr/c/1/0/1"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("none")]
    [InlineData("gzip")]
    [InlineData("zstd")]
    [InlineData("blosc-lz4")]
    [InlineData("blosc-zstd")]
    public async Task Read_OfShards_GivesWhatWasWritten(string codec)
    {
        byte[] voxels = Write(codec, new Shape3(8, 16, 8));

        await using ZarrVolume volume = await TestArrays.OpenAsync(_folder["a.zarr"]);

        Assert.Equal(voxels, await TestArrays.ReadAllAsync(volume));
        Assert.Equal("Zarr v3", volume.Info.Format);
        Assert.Equal(new Shape3(4, 8, 4), volume.Info.ChunkShape);
        Assert.Equal(2 * 2 * 3, Directory.GetFiles(_folder["a.zarr"], "*", SearchOption.AllDirectories).Length - 1);
        Assert.Empty(volume.Info.Defects);
    }

    [Fact]
    public async Task Read_OfAPartOfAShard_FetchesNoMoreThanItsChunks()
    {
        Write("none", new Shape3(16, 24, 20));
        await using FolderServer server = new(_folder.Path);
        await using VolumeReader volume = await VolumeFormats.OpenAsync($"{server.Address}/a.zarr", new ReaderOptions(), Token);
        using VoxelBuffer slice = VoxelBuffer.Rent(new Shape3(1, 21, 19), VoxelType.UInt16);
        server.ForgetRequests();

        for (int z = 0; z < 8; z++)
        {
            await volume.ReadAsync(volume.Info.Bounds.With(Axis.Z, z, 1), slice, Token);
        }

        // the index once, then per slice the chunks around it, which follow one another: 3 x 5 of 4 x 8 x 4 voxels each
        const int Chunk = (4 * 8 * 4 * 2) + 4;
        string[] ranges = [.. server.Log.Select(request => request.Range ?? "all")];
        Assert.Equal(9, ranges.Length);
        Assert.Equal($"-{(4 * 3 * 5 * 16) + 4}", ranges[0]);
        Assert.Equal([.. Enumerable.Repeat($"0-{(15 * Chunk) - 1}", 4), .. Enumerable.Repeat($"{15 * Chunk}-{(30 * Chunk) - 1}", 4)], ranges[1..]);
    }

    [Fact]
    public async Task Read_OfAbsentChunksAndShards_IsTheFillValue()
    {
        using VoxelBuffer voxels = VoxelBuffer.Rent(Extent, VoxelType.UInt16);
        voxels.Voxels<ushort>().Fill(7);
        voxels.Row(9, 3)[0] = 1; // in chunk (2, 0, 0) of shard (1, 0, 0)
        TestArrays.Write(_folder["a.zarr"], SpecOf("zstd", new Shape3(8, 16, 8)) with { FillValue = 7 }, voxels);

        await using ZarrVolume volume = await TestArrays.OpenAsync(_folder["a.zarr"]);
        byte[] all = await TestArrays.ReadAllAsync(volume);

        Assert.Equal(["1/0/0"], Directory.GetFiles(_folder["a.zarr/c"], "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(_folder["a.zarr/c"], path)));
        Assert.Equal(voxels.Bytes.ToArray(), all);
        Assert.Equal((1, (4 * 3 * 5) - 1), (volume.Counters.Chunks, volume.Counters.AbsentChunks));
    }

    [Fact]
    public async Task Read_OfAnIndexAtTheStart_FindsTheChunks()
    {
        byte[] voxels = Write("zstd", new Shape3(8, 16, 8));
        Change(header => Sharding(header)["index_location"] = "start");
        foreach (string path in Directory.GetFiles(_folder["a.zarr/c"], "*", SearchOption.AllDirectories))
        {
            byte[] shard = await File.ReadAllBytesAsync(path, Token);
            byte[] index = shard[^IndexLength..];
            for (int i = 0; i < IndexLength - 4; i += 16)
            {
                long offset = BinaryPrimitives.ReadInt64LittleEndian(index.AsSpan(i));
                BinaryPrimitives.WriteInt64LittleEndian(index.AsSpan(i), offset < 0 ? offset : offset + IndexLength);
            }

            new ChecksumFilter(ChecksumAlgorithm.Crc32C).Encode(index.AsSpan(0, IndexLength - 4).ToArray(), index);
            await File.WriteAllBytesAsync(path, [.. index, .. shard[..^IndexLength]], Token);
        }

        await using ZarrVolume volume = await TestArrays.OpenAsync(_folder["a.zarr"]);

        Assert.Equal(voxels, await TestArrays.ReadAllAsync(volume));
    }

    [Fact]
    public async Task Read_OfACutShard_IsRefusedWhereverItIsCut()
    {
        Write("zstd", new Shape3(8, 16, 8));
        byte[] whole = await File.ReadAllBytesAsync(Shard, Token);
        for (int length = 0; length < whole.Length; length += Math.Max(1, whole.Length / 23))
        {
            await File.WriteAllBytesAsync(Shard, whole[..length], Token);
            await AssertRefusedAsync("");
        }

        await File.WriteAllBytesAsync(Shard, whole[..7], Token);
        await AssertRefusedAsync("the shard of 7 bytes is smaller than its index");
    }

    [Fact]
    public void Read_OfAnyFlippedBit_IsNoticed()
    {
        byte[] voxels = Write("none", new Shape3(8, 16, 8));
        byte[] whole = File.ReadAllBytes(Shard);
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Int[0, 7]).Sample(
            (at, bit) =>
            {
                byte[] changed = [.. whole];
                changed[at] ^= (byte)(1 << bit);
                File.WriteAllBytes(Shard, changed);
                AssertRefusedAsync("").GetAwaiter().GetResult();
            },
            seed: "0N0XIzNsQ0O2", iter: 100, threads: 1);
        Assert.NotEmpty(voxels);
    }

    [Theory]
    [InlineData(0, 1L << 62, "at byte 4611686018427387904")]
    [InlineData(8, 1L << 40, "has 1099511627776 bytes")]
    [InlineData(8, 0L, "has 0 bytes")]
    [InlineData(8, -2L, "has 18446744073709551614 bytes")]
    public async Task Read_OfAnIndexThatPointsNowhere_IsRefused(int field, long value, string problem)
    {
        Write("zstd", new Shape3(8, 16, 8));
        byte[] shard = await File.ReadAllBytesAsync(Shard, Token);
        Span<byte> index = shard.AsSpan(shard.Length - IndexLength);
        BinaryPrimitives.WriteInt64LittleEndian(index[field..], value);
        new ChecksumFilter(ChecksumAlgorithm.Crc32C).Encode(index[..^4].ToArray(), index);
        await File.WriteAllBytesAsync(Shard, shard, Token);

        await AssertRefusedAsync(problem);
    }

    [Fact]
    public async Task Read_OfNestedAndWrappedShards_GivesTheVoxels()
    {
        // an array whose chunks are transposed, cut into shards, those into shards again, and a checksum put behind it all
        byte[] voxels = Voxels();
        JsonObject inner = Sharded([2, 4, 2], new JsonArray(Named("bytes", "endian", "big"), Codec("zstd")), "start");
        JsonObject outer = Sharded([2, 8, 4], new JsonArray(inner), "end");
        JsonArray codecs = [Named("transpose", "order", new JsonArray(2, 1, 0)), outer, Codec("crc32c")];
        JsonObject header = ZarrArrayMetadata.Of(SpecOf("none", null) with { ChunkShape = new Shape3(4, 8, 4) });
        header["codecs"] = codecs;
        Directory.CreateDirectory(_folder["a.zarr"]);
        await File.WriteAllTextAsync(_folder["a.zarr/zarr.json"], header.ToJsonString(), Token);

        // the same header reads what the same header's codec wrote, chunk by chunk
        ZarrHeader parsed = ZarrHeader.Parse(System.Text.Encoding.UTF8.GetBytes(header.ToJsonString()), 3, "a");
        Assert.Null(parsed.Shards);
        WriteTransposedBigEndian(voxels, parsed);

        await using ZarrVolume volume = await TestArrays.OpenAsync(_folder["a.zarr"]);
        Assert.Equal(voxels, await TestArrays.ReadAllAsync(volume));
    }

    private const int IndexLength = (8 * 16) + 4;

    private static JsonObject Sharding(JsonObject header) => header["codecs"]![0]!["configuration"]!.AsObject();

    private static JsonObject Codec(string name) => new() { ["name"] = name };

    private static JsonObject Named(string name, string key, JsonNode value) =>
        new() { ["name"] = name, ["configuration"] = new JsonObject { [key] = value } };

    private static JsonObject Sharded(int[] chunk, JsonArray codecs, string location) => new()
    {
        ["name"] = "sharding_indexed",
        ["configuration"] = new JsonObject
        {
            ["chunk_shape"] = new JsonArray([.. chunk.Select(extent => JsonValue.Create(extent))]),
            ["codecs"] = codecs,
            ["index_codecs"] = new JsonArray(Named("bytes", "endian", "little")),
            ["index_location"] = location,
        },
    };

    /// <summary>Encodes by hand what the header says, from the specification and not from our writer: transposed (x, y, z), in
    /// shards of [2, 8, 4], each cut into chunks of [2, 4, 2], whose indices stand before them.</summary>
    private void WriteTransposedBigEndian(byte[] voxels, ZarrHeader header)
    {
        ChunkGrid grid = new(Extent, new Shape3(4, 8, 4));
        foreach ((int cz, int cy, int cx) in grid.Touching(new Box3((0, 0, 0), Extent)))
        {
            ushort At(int z, int y, int x)
            {
                (int vz, int vy, int vx) = ((cz * 4) + z, (cy * 8) + y, (cx * 4) + x);
                return vz < Extent.Z && vy < Extent.Y && vx < Extent.X
                    ? BitConverter.ToUInt16(voxels, 2 * ((((vz * Extent.Y) + vy) * Extent.X) + vx))
                    : (ushort)0;
            }

            // axes of the encoded array: a = x (4), b = y (8), c = z (4)
            byte[] InnerChunk(int a0, int b0, int c0)
            {
                byte[] raw = new byte[2 * 4 * 2 * 2];
                int i = 0;
                for (int a = a0; a < a0 + 2; a++)
                {
                    for (int b = b0; b < b0 + 4; b++)
                    {
                        for (int c = c0; c < c0 + 2; c++)
                        {
                            BinaryPrimitives.WriteUInt16BigEndian(raw.AsSpan(2 * i++), At(c, b, a));
                        }
                    }
                }

                ZstdCodec zstd = new();
                byte[] encoded = new byte[zstd.MaxEncodedLength(raw.Length)];
                return encoded[..zstd.Encode(raw, encoded)];
            }

            byte[] InnerShard(int a0) => Join(
                [.. from b in new[] { 0, 4 } from c in new[] { 0, 2 } select InnerChunk(a0, b, c)], isIndexFirst: true);

            byte[] shard = Join([InnerShard(0), InnerShard(2)], isIndexFirst: false);
            byte[] whole = new byte[shard.Length + 4];
            new ChecksumFilter(ChecksumAlgorithm.Crc32C).Encode(shard, whole);
            string path = Path.Combine(_folder["a.zarr"], header.KeyOfChunk([cz, cy, cx]));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, whole);
        }
    }

    private static byte[] Join(byte[][] chunks, bool isIndexFirst)
    {
        byte[] index = new byte[16 * chunks.Length];
        int offset = isIndexFirst ? index.Length : 0;
        for (int i = 0; i < chunks.Length; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(index.AsSpan(16 * i), offset);
            BinaryPrimitives.WriteInt64LittleEndian(index.AsSpan((16 * i) + 8), chunks[i].Length);
            offset += chunks[i].Length;
        }

        byte[] all = [.. chunks.SelectMany(chunk => chunk)];
        return isIndexFirst ? [.. index, .. all] : [.. all, .. index];
    }

    private static ZarrArraySpec SpecOf(string codec, Shape3? shard) => new(Extent, new Shape3(4, 8, 4), VoxelType.UInt16)
    {
        Codec = ZarrV2Codecs.FromName(codec, 2),
        ZarrFormat = 3,
        ShardShape = shard,
    };

    private static byte[] Voxels()
    {
        byte[] voxels = new byte[Extent.VoxelCount * 2];
        new Random(12).NextBytes(voxels);
        return voxels;
    }

    private byte[] Write(string codec, Shape3 shard)
    {
        using VoxelBuffer voxels = VoxelBuffer.Rent(Extent, VoxelType.UInt16);
        Voxels().CopyTo(voxels.Bytes);
        TestArrays.Write(_folder["a.zarr"], SpecOf(codec, shard), voxels);
        return voxels.Bytes.ToArray();
    }

    private void Change(Action<JsonObject> change)
    {
        JsonObject header = JsonNode.Parse(File.ReadAllText(_folder["a.zarr/zarr.json"]))!.AsObject();
        change(header);
        File.WriteAllText(_folder["a.zarr/zarr.json"], header.ToJsonString());
    }

    private async Task AssertRefusedAsync(string problem)
    {
        await using ZarrVolume volume = await TestArrays.OpenAsync(_folder["a.zarr"]);
        VolumeFormatException refusal = await Assert.ThrowsAsync<VolumeFormatException>(() => TestArrays.ReadAllAsync(volume));
        Assert.StartsWith($"{Shard}: ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(problem, refusal.Message, StringComparison.Ordinal);
    }
}

public sealed class ShardedZarrContractTests : ZarrVolumeContract
{
    protected override Shape3? ShardShape => new(8, 16, 16);

    protected override string Codec => "blosc-lz4";
}

public sealed class Version3ZarrContractTests : ZarrVolumeContract
{
    protected override int ZarrFormat => 3;

    protected override char Separator => '.';

    protected override VoxelType Type => VoxelType.Float32;
}
