using System.Buffers;
using System.Security.Cryptography;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Volumes.Codecs;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>How closely a run's objects are compared with its records.</summary>
public enum VerificationLevel
{
    /// <summary>Names and sizes.</summary>
    Quick,

    /// <summary>The first bytes of every object as well: that it is a frame of a chunk's length, and whole.</summary>
    Index,

    /// <summary>Every byte, by its hash, and that it decodes.</summary>
    Full,
}

/// <summary>Compares what a run wrote with its records, of all stages; needs neither the input nor the model.</summary>
/// <param name="run">The run.</param>
/// <param name="progress">Is told how far the comparison has come.</param>
public sealed class RunVerification(RunFolder run, IRunProgress progress)
{
    private const int HeaderBytes = 16;

    /// <summary>Compares.</summary>
    /// <param name="level">How closely.</param>
    /// <param name="cancellationToken">Stops between units.</param>
    /// <returns>A sentence for each thing that is not as recorded, as they are found; none if all is well.</returns>
    public IEnumerable<string> FindDamage(VerificationLevel level, CancellationToken cancellationToken = default)
    {
        OutputStore store = new(run.Manifest, new AtomicFile(FileOperations.System));
        string root = store.IsComplete(run.IsUnderWay) ? run.Manifest.Output : store.PartialPath;
        List<(string Kind, RunStage Stage)> stages = [.. run.FirstIn(root).Select(stage => ("", stage))];
        if (run.Manifest.Post is not null && !run.Manifest.LinksInput)
        {
            stages.Add(("of the link stage ", new RunStage("", run.Link, run.Manifest.LinkUnits)));
        }

        progress.Begin("verify", stages.Sum(one => one.Stage.Units.Count.VoxelCount), "units");
        long done = 0;
        foreach ((string kind, RunStage stage) in stages)
        {
            foreach ((int Z, int Y, int X) index in stage.ListUnits())
            {
                cancellationToken.ThrowIfCancellationRequested();
                UnitRecord? record = stage.Records.ReadRecord(SegmentUnit.NameOf(index));
                IEnumerable<string> problems = record is null ? [$"unit {stage.NameOf(index)} {kind}has no record"] : FindDamage(record, root, level);
                foreach (string problem in problems)
                {
                    yield return problem;
                }

                progress.Advance(++done);
            }
        }

        foreach (string problem in run.Pyramid.ReadRecords().SelectMany(record => FindDamage(record, root, level)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return problem;
        }
    }

    private IEnumerable<string> FindDamage(UnitRecord record, string root, VerificationLevel level) =>
        record.Objects.Select(o => ProblemOf(o, Path.Combine(root, o.Key), level)).OfType<string>();

    private string? ProblemOf(StoredObject o, string path, VerificationLevel level)
    {
        FileInfo file = new(path);
        if (o.Bytes == 0)
        {
            return file.Exists ? $"{path}: is there, and should not be: all of it is background" : null;
        }

        return !file.Exists ? $"{path}: is missing; recorded are {o.Bytes} bytes"
            : file.Length != o.Bytes ? $"{path}: has {file.Length} bytes, recorded are {o.Bytes}"
            : level switch
            {
                VerificationLevel.Quick => null,
                VerificationLevel.Index => ProblemOfHeader(path, file.Length),
                _ => ProblemOfContent(o, path),
            };
    }

    private string? ProblemOfHeader(string path, long length)
    {
        byte[] start = new byte[Math.Min(HeaderBytes, length)];
        using FileStream file = File.OpenRead(path);
        file.ReadExactly(start);
        return BloscCodec.ProblemOfStart(start, length, ChunkBytesAt(path)) is string problem ? $"{path}: {problem}" : null;
    }

    private string? ProblemOfContent(StoredObject o, string path)
    {
        byte[] content = File.ReadAllBytes(path);
        string actual = Convert.ToHexStringLower(SHA256.HashData(content));
        if (actual != o.Sha256)
        {
            return $"{path}: SHA-256 is {actual}, recorded is {o.Sha256}";
        }

        byte[] decoded = ArrayPool<byte>.Shared.Rent(ChunkBytesAt(path));
        try
        {
            new BloscCodec().Decode(content, decoded.AsSpan(0, ChunkBytesAt(path)));
            return null;
        }
        catch (InvalidDataException e)
        {
            return $"{path}: {e.Message}";
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(decoded);
        }
    }

    /// <summary>Bytes of a decoded chunk of the level that a path belongs to, ROOT/LEVEL/z/y/x, in version 3 of Zarr ROOT/LEVEL/c/z/y/x:
    /// coarse levels have smaller ones.</summary>
    private int ChunkBytesAt(string path)
    {
        string array = Path.GetFullPath(Path.Combine(path, "..", "..", "..", run.Manifest.ZarrFormat == 3 ? ".." : ""));
        return new OutputStore(run.Manifest, new AtomicFile(FileOperations.System)).ChunkBytesOf(array);
    }
}
