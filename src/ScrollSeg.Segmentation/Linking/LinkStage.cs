using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text.Json;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Segmentation.Linking;

/// <summary>
/// Makes objects of a mask of any size. Each round labels every unit by itself and keeps its facts and faces; a merge joins
/// them and decides; at last every unit is labelled once more and written with the final numbers, which are the ranks of the
/// objects' first voxels in (z, y, x) order, and so depend on the mask alone.
/// </summary>
/// <remarks>
/// In the stage's folder each round has <c>units/</c> (a record for each unit labelled), <c>faces/</c>, <c>values/</c> (what the merge
/// decided for the objects of each unit) and, when the merge is done, <c>merged.json</c>; <c>write/</c> has the records of the last pass. A
/// merge is one process's work and is repeated by another if it was interrupted: it always gives the same.
/// </remarks>
public sealed class LinkStage : ILinkStage
{
    private const string MergedName = "merged.json";
    private const string WriteName = "write";

    private static readonly string[] Scratch = ["faces", "values"];

    private readonly LinkInput _input;
    private readonly IReadOnlyList<LinkRound> _rounds;
    private readonly ChunkGrid _units;
    private readonly int _closing;
    private readonly string _folder;
    private readonly AtomicFile _files;
    private readonly ConcurrentBag<UnitMask> _idle = [];

    /// <param name="input">The mask.</param>
    /// <param name="options">What is made of it.</param>
    /// <param name="unit">Extent of a unit: whole chunks of the outputs. The result does not depend on it.</param>
    /// <param name="folder">Where the stage keeps its state.</param>
    /// <param name="files">How files are written.</param>
    public LinkStage(LinkInput input, LinkOptions options, Shape3 unit, string folder, AtomicFile files)
    {
        (_input, _folder, _files) = (input, folder, files);
        _rounds = LinkRound.ListFor(options);
        _closing = options.Closing;
        _units = new ChunkGrid(input.Volume.Info.Shape, unit);
        if (!input.Volume.Info.Type.IsUnsigned())
        {
            throw new InvalidRequestException(
                $"{input.Volume.Info.Path} holds {input.Volume.Info.Type.NumpyName()} voxels; a mask is of unsigned integers: convert it with --dtype u1.");
        }
    }

    /// <summary>Receives the mask, 0 and 1. Default not wanted.</summary>
    public LinkOutput? Mask { get; init; }

    /// <summary>Receives the numbers of the objects. Default not wanted.</summary>
    public LinkOutput? Instances { get; init; }

    /// <summary>Root of the store that both lie in.</summary>
    public required string Store { get; init; }

    /// <summary>Units in work at the same time. Default the number of cores.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Once cancelled, no further unit is begun.</summary>
    public CancellationToken Drain { get; init; }

    /// <summary>Records of the last pass, which say what was written.</summary>
    public StageFolder Written => WrittenIn(_folder, _files);

    /// <summary>Records of the last pass of a stage.</summary>
    /// <param name="folder">The stage's folder.</param>
    /// <param name="files">How files are written.</param>
    public static StageFolder WrittenIn(string folder, AtomicFile files) => new(Path.Combine(folder, WriteName), files);

    /// <summary>Where the merge of components leaves their number.</summary>
    /// <param name="folder">The stage's folder.</param>
    internal static string ObjectCountsIn(string folder) => Path.Combine(folder, LinkRound.ComponentsName, MergedName);

    /// <summary>Bytes that a thread holds at the worst, when every second voxel is a run of its own: the voxels as read, two volumes of
    /// bits, runs, and a chunk of numbers being filled, encoded and written.</summary>
    public static long BytesPerThread(Shape3 unit, Shape3 chunk, int voxelBytes) =>
        (unit.VoxelCount * (voxelBytes + 1)) + (unit.VoxelCount / 2 * 12) + (3 * sizeof(uint) * chunk.VoxelCount);

    /// <summary>The largest unit, up to 256 voxels or a chunk along each axis, that so many bytes hold in each thread.</summary>
    /// <param name="volume">Extent of the volume.</param>
    /// <param name="chunk">Extent of a chunk of the output.</param>
    /// <param name="voxelBytes">Bytes of a voxel as read.</param>
    /// <param name="bytesPerThread">What a thread may hold.</param>
    public static Shape3 UnitFor(Shape3 volume, Shape3 chunk, int voxelBytes, long bytesPerThread)
    {
        const int Wanted = 256;
        for (int factor = Math.Max(1, Wanted / Math.Min(chunk.Z, Math.Min(chunk.Y, chunk.X))); factor > 1; factor--)
        {
            Shape3 unit = new(Times(chunk.Z, volume.Z), Times(chunk.Y, volume.Y), Times(chunk.X, volume.X));
            if (BytesPerThread(unit, chunk, voxelBytes) <= bytesPerThread)
            {
                return unit;
            }

            int Times(int side, int extent) =>
                (int)Math.Min(side * Math.Max(1L, Math.Min(factor, Wanted / side)), (extent + side - 1L) / side * side);
        }

        return chunk;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> RunAsync(Shard shard, IRunProgress progress, CancellationToken cancellationToken)
    {
        try
        {
            for (int round = 0; round < _rounds.Count; round++)
            {
                int current = round;
                if (Path.Exists(MergedPath(_rounds[round])))
                {
                    continue;
                }

                StageFolder records = new(PathOf(_rounds[round]), _files);
                IReadOnlyList<string> missing = await PassOf(_rounds[round].Name, records, PathOf(_rounds[round])).RunAsync(
                    shard, (index, token) => LabelAsync(current, index, token), progress, cancellationToken);
                if (missing.Count > 0)
                {
                    return missing;
                }

                Merge(_rounds[round], isLast: round == _rounds.Count - 1, cancellationToken);
            }

            return await PassOf("link", Written, Store).RunAsync(shard, WriteAsync, progress, cancellationToken);
        }
        finally
        {
            foreach (UnitMask idle in _idle)
            {
                idle.Dispose();
            }

            _idle.Clear();
        }
    }

    /// <summary>What came of each round that is merged.</summary>
    public IReadOnlyList<(string Round, MergeCounts Counts)> ReadCounts() => [.. _rounds
        .Where(round => Path.Exists(MergedPath(round)))
        .Select(round => (round.Name, RunFolder.Read<MergeCounts>(MergedPath(round))))];

    /// <inheritdoc/>
    public void DeleteScratch()
    {
        foreach (string path in _rounds.SelectMany(round => Scratch.Select(name => Path.Combine(PathOf(round), name))))
        {
            if (Directory.Exists(path))
            {
                Directory.Delete(path, recursive: true);
            }
        }
    }

    private UnitPass PassOf(string name, StageFolder records, string root) => new(name, _units, records, root) { Threads = Threads, Drain = Drain };

    private string PathOf(LinkRound round) => Path.Combine(_folder, round.Name);

    private string MergedPath(LinkRound round) => Path.Combine(PathOf(round), MergedName);

    private static string KeyOf(string kind, (int Z, int Y, int X) index) => $"{kind}/{index.Z}/{index.Y}-{index.X}.bin";

    private async Task<List<StoredObject>> LabelAsync(int round, (int Z, int Y, int X) index, CancellationToken cancellationToken)
    {
        UnitMask unit = await ReadAsync(round, index, cancellationToken);
        try
        {
            unit.Label(_rounds[round]);
            unit.GatherFacts(_rounds[round]);
            byte[] packed = UnitFaces.Pack(unit.Labels, _units.BoxOf(index).Shape, unit.Facts.Items);
            return [WriteState(_rounds[round], KeyOf("faces", index), packed)];
        }
        finally
        {
            _idle.Add(unit);
        }
    }

    /// <summary>A unit as the rounds before one left it.</summary>
    private async Task<UnitMask> ReadAsync(int rounds, (int Z, int Y, int X) index, CancellationToken cancellationToken)
    {
        UnitMask unit = _idle.TryTake(out UnitMask? idle) ? idle : new UnitMask(_input, _units.Volume, _closing);
        try
        {
            await unit.ReadAsync(_units.BoxOf(index), _rounds.Count > 0 && _rounds[0].Kind == LinkRoundKind.Hysteresis, cancellationToken);
            foreach (LinkRound round in _rounds.Take(rounds))
            {
                unit.Label(round);
                unit.Apply(round, ReadValues(round, index, unit.Labels.Count));
            }

            return unit;
        }
        catch
        {
            unit.Dispose();
            throw;
        }
    }

    private async Task<List<StoredObject>> WriteAsync((int Z, int Y, int X) index, CancellationToken cancellationToken)
    {
        LinkRound? last = _rounds.Count > 0 && _rounds[^1].Kind == LinkRoundKind.Components ? _rounds[^1] : null;
        UnitMask unit = await ReadAsync(last is null ? _rounds.Count : _rounds.Count - 1, index, cancellationToken);
        try
        {
            LinkRound components = last ?? new LinkRound(LinkRoundKind.Components, Connectivity.Six, 0);
            unit.Label(components);
            uint[] values;
            if (last is null)
            {
                values = new uint[unit.Labels.Count];
                Array.Fill(values, 1u);
            }
            else
            {
                values = ReadValues(last, index, unit.Labels.Count);
            }

            return new UnitWriter(Mask, Instances).Write(_units.BoxOf(index), unit.Labels, values);
        }
        finally
        {
            _idle.Add(unit);
        }
    }

    private void Merge(LinkRound round, bool isLast, CancellationToken cancellationToken)
    {
        using ObjectMerge merge = new(_units, index => Path.Combine(PathOf(round), KeyOf("faces", index)));
        MergeCounts counts = merge.Run(round, cancellationToken);
        foreach ((int Z, int Y, int X) index in _units.Touching(new Box3((0, 0, 0), _units.Volume)))
        {
            byte[] values = MemoryMarshal.AsBytes(merge.ValuesOf(index)).ToArray();
            WriteState(round, KeyOf("values", index), PackedFile.Pack(1, _ => values));
        }

        if (isLast && round.Kind == LinkRoundKind.Components)
        {
            ObjectList.Write(_folder, merge.ListTaken(), _files);
        }

        _files.Write(MergedPath(round), JsonSerializer.SerializeToUtf8Bytes(counts, RunFolder.Json));
    }

    private StoredObject WriteState(LinkRound round, string key, byte[] content)
    {
        string path = Path.Combine(PathOf(round), key);
        _files.CreateFolder(Path.GetDirectoryName(path)!);
        _files.Write(path, content);
        return new StoredObject(key, content.Length, "");
    }

    private uint[] ReadValues(LinkRound round, (int Z, int Y, int X) index, int objects)
    {
        string path = Path.Combine(PathOf(round), KeyOf("values", index));
        using PackedFile file = PackedFile.Open(path, 1);
        uint[] values = new uint[objects];
        file.Read(0, values.AsSpan());
        return values;
    }
}
