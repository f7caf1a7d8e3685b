using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>What comes after the last unit, and what can be asked about a run without its input: how far it is, whether its
/// objects are as the records say, and the last steps that make it an image.</summary>
public sealed class RunCompletion
{
    private readonly RunFolder _run;
    private readonly OutputStore _store;
    private readonly IRunProgress _progress;

    /// <param name="run">The run.</param>
    /// <param name="files">How files are written.</param>
    /// <param name="progress">Is told how far the work has come.</param>
    public RunCompletion(RunFolder run, AtomicFile files, IRunProgress progress)
    {
        (_run, _progress) = (run, progress);
        _store = new OutputStore(run.Manifest, files);
    }

    /// <summary>Counts the units and says which are missing.</summary>
    public RunStatus GetStatus()
    {
        bool isComplete = _store.IsComplete(_run.ReadRecords().Any());
        string root = isComplete ? _run.Manifest.Output : _store.PartialPath;
        List<string> missing = [];
        long done = 0;
        long bytes = 0;
        foreach (string unit in UnitNames())
        {
            if (_run.ReadRecord(unit) is UnitRecord record && record.ObjectsAreThere(root))
            {
                done++;
                bytes += record.Objects.Sum(o => o.Bytes);
            }
            else
            {
                missing.Add(unit);
            }
        }

        return new RunStatus(_run.Manifest.Output, isComplete, done, missing, bytes);
    }

    /// <summary>Hashes every object again and compares it with its record.</summary>
    /// <param name="cancellationToken">Stops between units.</param>
    /// <returns>A sentence for each object that is not what its record says; empty if all are.</returns>
    public IReadOnlyList<string> VerifyHashes(CancellationToken cancellationToken = default)
    {
        string root = _store.IsComplete(_run.ReadRecords().Any()) ? _run.Manifest.Output : _store.PartialPath;
        List<string> problems = [];
        _progress.Begin("verify", _run.Manifest.Units.Count.VoxelCount, "units");
        long done = 0;
        foreach (string unit in UnitNames())
        {
            cancellationToken.ThrowIfCancellationRequested();
            problems.AddRange(_run.ReadRecord(unit)?.FindDamage(root) ?? [$"unit {unit} has no record"]);
            _progress.Advance(++done);
        }

        return problems;
    }

    /// <summary>Builds the pyramid, writes the metadata, and gives the store its final name.</summary>
    /// <exception cref="RunStoppedException">Units are missing.</exception>
    public async Task FinishAsync(int threads, CancellationToken cancellationToken = default)
    {
        RunStatus status = GetStatus();
        if (status.IsComplete)
        {
            _progress.Note($"{status.Output} is complete already: nothing was done.");
            return;
        }

        if (status.Missing.Count > 0)
        {
            throw new RunStoppedException(
                $"{_run.Path}: {status.Missing.Count} of {status.Missing.Count + status.Done} units are missing, the first of them {status.Missing[0]}.");
        }

        _progress.Begin("pyramid", 0, "chunks");
        await _store.BuildPyramidAsync(threads, cancellationToken);
        _run.DeleteTemporaries();
        _store.Finish();
    }

    private IEnumerable<string> UnitNames()
    {
        ChunkGrid units = _run.Manifest.Units;
        return units.Touching(new Box3((0, 0, 0), units.Volume)).Select(index => new SegmentUnit(index, default).Name);
    }
}

/// <summary>How far a run is.</summary>
/// <param name="Output">The output's final name.</param>
/// <param name="IsComplete">Whether it has that name.</param>
/// <param name="Done">Units whose record and objects agree.</param>
/// <param name="Missing">Names of the others.</param>
/// <param name="Bytes">Bytes of the finest level, encoded.</param>
public sealed record RunStatus(string Output, bool IsComplete, long Done, IReadOnlyList<string> Missing, long Bytes);
