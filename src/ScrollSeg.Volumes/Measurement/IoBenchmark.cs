using System.Diagnostics;
using System.Text.Json;
using ScrollSeg.Volumes.Codecs;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Volumes.Measurement;

/// <summary>
/// Decoding of one chunk on one core beside the C libraries, and reading and writing of a whole Zarr array beside zarr-python, by
/// turns over the same bytes.
/// </summary>
/// <remarks>
/// <para>Exists because a volume is read as fast as its chunks are decoded, and the decoders are managed code so that nothing native
/// has to be installed: it would show a shuffle that fell back to its scalar twin, a context made anew for each chunk, and a way
/// around the codec that costs as much as the codec.</para>
/// <para>Files come from the system's cache, so disks play no part, and nothing is synced (zarr-python does not either). Both sides
/// open the array and read it into memory of their own; both write from memory. zarr-python uses one thread, Blosc in it as many as
/// there are processors; ours uses all processors.</para>
/// </remarks>
public sealed class IoBenchmark : IDisposable
{
    /// <summary>Edge of the whole array's chunks.</summary>
    public const int ChunkEdge = 128;

    private const int DecodesPerRound = 5;

    /// <summary>The codecs of whole arrays, as a <c>.zarray</c> names them.</summary>
    private static readonly (string Name, string Json)[] ArrayCodecs =
    [
        ("none", "null"),
        ("lz4", """{"id":"lz4","acceleration":1}"""),
        ("blosc-lz4", """{"id":"blosc","cname":"lz4","clevel":5,"shuffle":1,"blocksize":0}"""),
        ("zstd", """{"id":"zstd","level":3}"""),
        ("blosc-zstd", """{"id":"blosc","cname":"zstd","clevel":3,"shuffle":1,"blocksize":0}"""),
        ("gzip", """{"id":"gzip","level":5}"""),
    ];

    private readonly string _folder;
    private readonly IoPeer _peer;
    private readonly Shape3 _shape;
    private readonly int _rounds;

    /// <summary>Prepares the files.</summary>
    /// <param name="python">A Python with numcodecs and zarr 2.</param>
    /// <param name="folder">An empty folder; stays the caller's.</param>
    /// <param name="shape">Of the whole array of u16.</param>
    /// <param name="rounds">How often everything is measured.</param>
    /// <exception cref="IOException">Python does not start or lacks a package.</exception>
    public IoBenchmark(string python, string folder, Shape3 shape, int rounds)
    {
        _folder = folder;
        _shape = shape;
        _rounds = rounds;
        _peer = IoPeer.Start(python, folder, shape, ChunkEdge);
    }

    /// <summary>Cases in all.</summary>
    public int Cases => _peer.Cases.Count + (2 * ArrayCodecs.Length);

    /// <summary>A compressed array that the benchmark leaves in its folder, for measurements of others.</summary>
    public string ArrayPath => PathOf("ours", "blosc-zstd");

    /// <inheritdoc/>
    public void Dispose() => _peer.Dispose();

    /// <summary>Measures case by case.</summary>
    /// <exception cref="InvalidOperationException">Ours and the peer's voxels differ.</exception>
    public IEnumerable<IoTiming> Run(CancellationToken ct)
    {
        foreach ((string name, JsonElement codec) in _peer.Cases)
        {
            yield return Decode(name, ZarrV2Codecs.Create(codec));
            ct.ThrowIfCancellationRequested();
        }

        using VoxelBuffer whole = ReadRaw();
        foreach ((string name, string json) in ArrayCodecs)
        {
            yield return Write(whole, name, json);
            ct.ThrowIfCancellationRequested();
            yield return Read(whole, name);
            ct.ThrowIfCancellationRequested();
        }
    }

    private IoTiming Decode(string name, ChunkCodec codec)
    {
        byte[] expected = File.ReadAllBytes(Path.Combine(_folder, name + ".raw"));
        byte[] encoded = File.ReadAllBytes(Path.Combine(_folder, name + ".encoded"));
        byte[] decoded = new byte[expected.Length];
        // long enough for the runtime to have compiled the loops for good, which it does in the background
        Stopwatch warming = Stopwatch.StartNew();
        while (warming.Elapsed < TimeSpan.FromSeconds(1))
        {
            codec.Decode(encoded, decoded);
        }

        Check(decoded.AsSpan().SequenceEqual(expected), name);
        return Alternate(
            "decode",
            name,
            expected.Length,
            encoded.Length,
            () => IoTiming.Median([.. Enumerable.Range(0, DecodesPerRound).Select(_ => SecondsOf(() => codec.Decode(encoded, decoded)))]),
            $"decode {name} {DecodesPerRound}");
    }

    private IoTiming Write(VoxelBuffer whole, string name, string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        ZarrArraySpec spec = new ZarrArraySpec(_shape, new Shape3(ChunkEdge, ChunkEdge, ChunkEdge), VoxelType.UInt16)
        {
            Codec = document.RootElement.ValueKind == JsonValueKind.Null ? null : ZarrV2Codecs.Create(document.RootElement, sizeof(ushort)),
        };
        string path = PathOf("ours", name);
        IoTiming timing = Alternate("write", name, whole.ByteCount, 0, () => WriteOnce(whole, spec, path), $"write {json} {PathOf("peer", name)}");
        return timing with { StoredBytes = new DirectoryInfo(path).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length) };
    }

    private static double WriteOnce(VoxelBuffer whole, ZarrArraySpec spec, string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }

        return SecondsOf(() =>
        {
            ZarrArrayWriter writer = ZarrArrayWriter.Create(path, spec, new AtomicFile(FileOperations.System, Durability.None));
            Parallel.ForEach(spec.Objects.Touching(new Box3((0, 0, 0), whole.Shape)), index =>
            {
                Box3 box = spec.Objects.BoxOf(index);
                using VoxelBuffer chunk = VoxelBuffer.Rent(box.Shape, spec.Type);
                for (int z = 0; z < box.Shape.Z; z++)
                {
                    for (int y = 0; y < box.Shape.Y; y++)
                    {
                        Span<byte> row = whole.Row(box.Start.Z + z, box.Start.Y + y);
                        row.Slice(box.Start.X * sizeof(ushort), box.Shape.X * sizeof(ushort)).CopyTo(chunk.Row(z, y));
                    }
                }

                writer.WriteChunk(index, chunk);
            });
        });
    }

    /// <summary>Each reads what the other wrote: equal voxels are half of the point.</summary>
    private IoTiming Read(VoxelBuffer whole, string name)
    {
        string path = PathOf("peer", name);
        using VoxelBuffer again = VoxelBuffer.Rent(_shape, VoxelType.UInt16);
        ReadOnce(path, again);
        Check(again.Bytes.SequenceEqual(whole.Bytes), name);
        return Alternate(
            "read",
            name,
            whole.ByteCount,
            new DirectoryInfo(path).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length),
            () => SecondsOf(() =>
            {
                using VoxelBuffer fresh = VoxelBuffer.Rent(_shape, VoxelType.UInt16);
                ReadOnce(path, fresh);
            }),
            $"read {PathOf("ours", name)}");
    }

    private static void ReadOnce(string path, VoxelBuffer target)
    {
        async Task RunAsync()
        {
            await using ZarrVolume volume = await ZarrVolume.OpenAsync(path, new ReaderOptions(), CancellationToken.None);
            await volume.ReadAsync(volume.Info.Bounds, target);
        }

        Task.Run(RunAsync).GetAwaiter().GetResult();
    }

    private IoTiming Alternate(string work, string name, long bytes, long stored, Func<double> ours, string request)
    {
        List<double> own = [];
        List<double> theirs = [];
        long allocated = 0;
        for (int round = 0; round < _rounds; round++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            own.Add(ours());
            allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
            theirs.Add(_peer.Seconds(request));
        }

        return new IoTiming(work, name, bytes, stored, own, theirs, allocated);
    }

    private VoxelBuffer ReadRaw()
    {
        VoxelBuffer whole = VoxelBuffer.Rent(_shape, VoxelType.UInt16);
        using FileStream file = File.OpenRead(Path.Combine(_folder, "volume.raw"));
        for (int z = 0; z < _shape.Z; z++)
        {
            file.ReadExactly(whole.Plane(z));
        }

        return whole;
    }

    private static double SecondsOf(Action work)
    {
        long start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private string PathOf(string whose, string codec) => Path.Combine(_folder, $"{whose}-{codec}.zarr");

    private static void Check(bool isEqual, string name)
    {
        if (!isEqual)
        {
            throw new InvalidOperationException($"{name}: decoded to other voxels than the peer's.");
        }
    }
}
