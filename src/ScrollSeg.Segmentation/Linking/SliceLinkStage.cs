using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Segmentation.Linking;

/// <summary>
/// Makes 3D objects of a volume whose slices were numbered one by one: a number means the same only within its slice. Each unit counts its
/// segments and where they meet; a merge puts them together (<see cref="SliceAgglomeration"/>); then every unit is written with the
/// final numbers, which are the ranks of first voxels and depend neither on the numbers read nor on the units.
/// </summary>
public sealed class SliceLinkStage : ILinkStage
{
    private const string CountName = "slices";
    private const string FactsName = "facts";
    private const string ValuesName = "values";

    private readonly VolumeReader _volume;
    private readonly int _reach;
    private readonly ChunkGrid _units;
    private readonly string _folder;
    private readonly AtomicFile _files;

    /// <param name="volume">Numbers of segments, 0 for none; 8, 16 or 32 bits.</param>
    /// <param name="maxGap">Slices that may lie between two segments that are put together.</param>
    /// <param name="unit">Extent of a unit: whole chunks of the outputs. The result does not depend on it.</param>
    /// <param name="folder">Where the stage keeps its state.</param>
    /// <param name="files">How files are written.</param>
    public SliceLinkStage(VolumeReader volume, int maxGap, Shape3 unit, string folder, AtomicFile files)
    {
        (_volume, _reach, _folder, _files) = (volume, maxGap + 1, folder, files);
        _units = new ChunkGrid(volume.Info.Shape, unit);
        if (!SliceNumbers.Takes(volume.Info.Type))
        {
            throw new InvalidRequestException(
                $"{volume.Info.Path} holds {volume.Info.Type.NumpyName()} voxels; numbers of segments are unsigned, of 8, 16 or 32 bits.");
        }
    }

    /// <summary>Receives the mask of all segments, 0 and 1. Default not wanted.</summary>
    public LinkOutput? Mask { get; init; }

    /// <summary>Receives the numbers of the objects.</summary>
    public LinkOutput? Instances { get; init; }

    /// <summary>Root of the store that both lie in.</summary>
    public required string Store { get; init; }

    /// <summary>Units in work at the same time. Default the number of cores.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Once cancelled, no further unit is begun.</summary>
    public CancellationToken Drain { get; init; }

    private string CountPath => Path.Combine(_folder, CountName);

    /// <summary>In the place where a merge of components leaves its counts.</summary>
    private string MergedPath => LinkStage.ObjectCountsIn(_folder);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> RunAsync(Shard shard, IRunProgress progress, CancellationToken cancellationToken)
    {
        if (!Path.Exists(MergedPath))
        {
            UnitPass count = new("slices", _units, new StageFolder(CountPath, _files), CountPath) { Threads = Threads, Drain = Drain };
            IReadOnlyList<string> missing = await count.RunAsync(shard, CountAsync, progress, cancellationToken);
            if (missing.Count > 0)
            {
                return missing;
            }

            Merge(cancellationToken);
        }

        UnitPass write = new("link", _units, LinkStage.WrittenIn(_folder, _files), Store) { Threads = Threads, Drain = Drain };
        return await write.RunAsync(shard, WriteAsync, progress, cancellationToken);
    }

    /// <inheritdoc/>
    public void DeleteScratch()
    {
        foreach (string path in new[] { FactsName, ValuesName }.Select(name => Path.Combine(CountPath, name)))
        {
            if (Directory.Exists(path))
            {
                Directory.Delete(path, recursive: true);
            }
        }
    }

    private static string KeyOf(string kind, (int Z, int Y, int X) index) => $"{kind}/{index.Z}/{index.Y}-{index.X}.bin";

    private string PathOf(string kind, (int Z, int Y, int X) index) => Path.Combine(CountPath, KeyOf(kind, index));

    private async Task<List<StoredObject>> CountAsync((int Z, int Y, int X) index, CancellationToken cancellationToken)
    {
        Box3 unit = _units.BoxOf(index);
        SliceCounter counter = new(_units.Volume, _reach);
        Box3 read = counter.ReadBoxOf(unit);
        using VoxelBuffer voxels = VoxelBuffer.Rent(read.Shape, _volume.Info.Type);
        await _volume.ReadAsync(read, voxels, cancellationToken);
        counter.Count(unit, read, voxels);
        (SliceSegment[] segments, SliceMeeting[] meetings) = (counter.Segments, counter.Meetings);
        byte[] packed = PackedFile.Pack(
            2, array => array == 0 ? MemoryMarshal.AsBytes<SliceSegment>(segments) : MemoryMarshal.AsBytes<SliceMeeting>(meetings));
        return [WriteState(FactsName, index, packed)];
    }

    private void Merge(CancellationToken cancellationToken)
    {
        SliceGraph graph = new();
        foreach ((int Z, int Y, int X) index in All())
        {
            cancellationToken.ThrowIfCancellationRequested();
            using PackedFile file = PackedFile.Open(PathOf(FactsName, index), 2);
            graph.Add(ReadFacts<SliceSegment>(file, 0, index), ReadFacts<SliceMeeting>(file, 1, index));
        }

        (IReadOnlyDictionary<(int Z, uint Id), uint> numbers, MergeCounts counts) = graph.Link();
        foreach ((int Z, int Y, int X) index in All())
        {
            using PackedFile file = PackedFile.Open(PathOf(FactsName, index), 2);
            SliceValue[] values = [.. ReadFacts<SliceSegment>(file, 0, index)
                .Select(segment => new SliceValue(segment.Z, segment.Id, numbers[(segment.Z, segment.Id)]))];
            WriteState(ValuesName, index, PackedFile.Pack(1, _ => MemoryMarshal.AsBytes<SliceValue>(values)));
        }

        _files.CreateFolder(Path.GetDirectoryName(MergedPath)!);
        _files.Write(MergedPath, JsonSerializer.SerializeToUtf8Bytes(counts, RunFolder.Json));
    }

    private async Task<List<StoredObject>> WriteAsync((int Z, int Y, int X) index, CancellationToken cancellationToken)
    {
        Box3 unit = _units.BoxOf(index);
        using PackedFile file = PackedFile.Open(PathOf(ValuesName, index), 1);
        Dictionary<(int, uint), uint> numbers = ReadFacts<SliceValue>(file, 0, index).ToDictionary(value => (value.Z, value.Id), value => value.Number);
        using VoxelBuffer voxels = VoxelBuffer.Rent(unit.Shape, _volume.Info.Type);
        await _volume.ReadAsync(unit, voxels, cancellationToken);

        List<StoredObject> written = [];
        foreach (LinkOutput output in new[] { Mask, Instances }.OfType<LinkOutput>())
        {
            ChunkGrid chunks = output.Writer.Spec.Chunks;
            foreach ((int Z, int Y, int X) chunk in chunks.Touching(unit))
            {
                Box3 box = chunks.BoxOf(chunk);
                using VoxelBuffer content = VoxelBuffer.Rent(box.Shape, output.Writer.Spec.Type);
                Fill(content, box, unit, voxels, numbers);
                written.Add(output.InStore(chunk, output.Writer.WriteChunk(chunk, content)));
            }
        }

        written.Sort((a, b) => string.CompareOrdinal(a.Key, b.Key));
        return written;
    }

    private static void Fill(
        VoxelBuffer content, Box3 box, Box3 unit, VoxelBuffer voxels, Dictionary<(int, uint), uint> numbers)
    {
        Box3 part = box.RelativeTo(unit.Start);
        uint[] row = new uint[unit.Shape.X];
        for (int z = 0; z < part.Shape.Z; z++)
        {
            for (int y = 0; y < part.Shape.Y; y++)
            {
                SliceNumbers.Read(voxels, part.Start.Z + z, part.Start.Y + y, row);
                Span<uint> mine = row.AsSpan(part.Start.X, part.Shape.X);
                Renumber(mine, box.Start.Z + z, numbers);
                Span<byte> target = content.Row(z, y);
                if (content.Type == VoxelType.UInt32)
                {
                    mine.CopyTo(MemoryMarshal.Cast<byte, uint>(target));
                    continue;
                }

                for (int x = 0; x < mine.Length; x++)
                {
                    target[x] = mine[x] == 0 ? (byte)0 : (byte)1;
                }
            }
        }
    }

    private static void Renumber(Span<uint> row, int z, Dictionary<(int, uint), uint> numbers)
    {
        (uint id, uint number) = (0, 0);
        for (int x = 0; x < row.Length; x++)
        {
            if (row[x] != id)
            {
                id = row[x];
                number = id == 0 ? 0 : numbers[(z, id)];
            }

            row[x] = number;
        }
    }

    private T[] ReadFacts<T>(PackedFile file, int array, (int Z, int Y, int X) index)
        where T : unmanaged
    {
        int size = Unsafe.SizeOf<T>();
        int count = file.LengthOf(array) / size;
        long most = _units.BoxOf(index).Shape.VoxelCount * (_reach + 2L); // a voxel meets one below, one beside, and one in each slice before
        if ((long)count * size != file.LengthOf(array) || count > most)
        {
            throw new VolumeFormatException(
                _folder, $"the facts of unit {SegmentUnitName(index)} have {file.LengthOf(array)} bytes; expected are at most {most} of {size}.");
        }

        T[] facts = new T[count];
        file.Read(array, facts.AsSpan());
        return facts;
    }

    private static string SegmentUnitName((int Z, int Y, int X) index) => Planning.SegmentUnit.NameOf(index);

    private IEnumerable<(int Z, int Y, int X)> All() => _units.Touching(new Box3((0, 0, 0), _units.Volume));

    private StoredObject WriteState(string kind, (int Z, int Y, int X) index, byte[] content)
    {
        string path = PathOf(kind, index);
        _files.CreateFolder(Path.GetDirectoryName(path)!);
        _files.Write(path, content);
        return new StoredObject(KeyOf(kind, index), content.Length, "");
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct SliceValue(int Z, uint Id, uint Number);
}
