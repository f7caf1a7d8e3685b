using System.Globalization;
using ScrollSeg.Cli.Downloads;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Cli.Data;

/// <summary>Compares what lies in a place with what was pulled to it.</summary>
/// <param name="Output">The place.</param>
/// <param name="Name">The dataset.</param>
/// <param name="Objects">Chunks or files that should be there or are known to be absent.</param>
/// <param name="Absent">Those of them that the source does not have.</param>
/// <param name="Bytes">Bytes of those that are there.</param>
/// <param name="Problems">What is wrong, a sentence each; at most a few, then their number.</param>
internal sealed record PullVerification(string Output, string Name, long Objects, long Absent, long Bytes, IReadOnlyList<string> Problems)
{
    private const int ProblemsShown = 20;

    /// <summary>Reads and hashes everything.</summary>
    /// <exception cref="UsageException">Nothing was pulled there.</exception>
    public static async Task<PullVerification> RunAsync(string output, CancellationToken ct)
    {
        if (!File.Exists(PullFolder.RecordPath(output)))
        {
            throw new UsageException($"{output}: nothing was pulled there: {PullFolder.RecordPath(output)} is missing.");
        }

        PullRecord record = PullRecord.Read(PullFolder.RecordPath(output));
        if (!Directory.Exists(output))
        {
            string state = Directory.Exists(PullFolder.PartialPath(output)) ? $"is incomplete ({PullFolder.PartialPath(output)}); the same pull goes on" : "is not there";
            return new PullVerification(output, record.Name, 0, 0, 0, [$"{output} {state}."]);
        }

        Dictionary<string, StoredObject> journal = [];
        foreach (StoredObject known in ObjectJournal.Read(PullFolder.JournalPath(output)))
        {
            journal[known.Key] = known;
        }

        Tally tally = new(output, journal);
        foreach (PullPart part in record.Parts)
        {
            foreach (string key in await KeysOfAsync(output, record, part, tally, ct))
            {
                await tally.CheckAsync(key, ct);
            }
        }

        return new PullVerification(output, record.Name, tally.Objects, tally.Absent, tally.Bytes, tally.Problems);
    }

    private static async Task<IEnumerable<string>> KeysOfAsync(string output, PullRecord record, PullPart part, Tally tally, CancellationToken ct)
    {
        if (record.Files is { } files)
        {
            (int, int)? slices = part.End[0] == int.MaxValue ? null : (part.Start[0], part.End[0]);
            return files.SelectMany(file => file.Expand(slices)).Select(file => file.Path);
        }

        try
        {
            ZarrExcerpt array = await ZarrExcerpt.OpenAsync(Path.Combine(output, part.Level), null, new ReaderOptions(), ct);
            if (array.Fingerprint == part.Fingerprint)
            {
                return array.KeysOf(part.Region);
            }

            tally.Report($"{array.Info.Path}: its header was altered.");
        }
        catch (Exception e) when (e is IOException)
        {
            tally.Report(e.Message);
        }

        return [];
    }

    private sealed class Tally(string output, Dictionary<string, StoredObject> journal)
    {
        private readonly List<string> _problems = [];
        private readonly HashSet<string> _seen = [];
        private int _count;

        public long Objects { get; private set; }

        public long Absent { get; private set; }

        public long Bytes { get; private set; }

        public IReadOnlyList<string> Problems => _count <= ProblemsShown
            ? _problems
            : [.. _problems, string.Create(CultureInfo.InvariantCulture, $"and {_count - ProblemsShown} more.")];

        public void Report(string problem)
        {
            if (++_count <= ProblemsShown)
            {
                _problems.Add(problem);
            }
        }

        public async Task CheckAsync(string key, CancellationToken ct)
        {
            if (!_seen.Add(key))
            {
                return;
            }

            Objects++;
            FileInfo file = new(Path.Combine(output, key));
            if (!journal.TryGetValue(key, out StoredObject? known))
            {
                Report($"{file.FullName}: was never pulled.");
            }
            else if (known.Sha256.Length == 0)
            {
                Absent++;
                if (file.Exists)
                {
                    Report($"{file.FullName}: exists, its source has no such chunk.");
                }
            }
            else if (!file.Exists)
            {
                Report($"{file.FullName}: is missing.");
            }
            else if (file.Length != known.Bytes)
            {
                Report($"{file.FullName}: has {file.Length} bytes, expected {known.Bytes}.");
            }
            else if (await FileDownload.HashAsync(file.FullName, ct) is string hash && hash != known.Sha256)
            {
                Report($"{file.FullName}: has the SHA-256 {hash}, expected {known.Sha256}.");
            }
            else
            {
                Bytes += file.Length;
            }
        }
    }
}
