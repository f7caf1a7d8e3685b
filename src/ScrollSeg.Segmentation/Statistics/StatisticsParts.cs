using System.Text.Json;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Segmentation.Statistics;

/// <summary>
/// Keeps what was counted part by part, so that a statistics stage that was stopped goes on, and several processes share it:
/// each begins at another part and takes over what it finds counted.
/// </summary>
public sealed class StatisticsParts
{
    /// <summary>Name of the folder in a run's.</summary>
    public const string FolderName = "statistics";

    private readonly string _folder;
    private readonly string _key;
    private readonly AtomicFile _files;

    /// <param name="run">Folder of the run's state; need not exist yet.</param>
    /// <param name="key">Tells the figures of this input and these settings from others: letters and digits.</param>
    /// <param name="begin">Share of the parts to pass over at first, 0 to 1: another for each process.</param>
    /// <param name="files">How parts are written.</param>
    public StatisticsParts(string run, string key, double begin, AtomicFile files)
    {
        (_folder, _key, Begin, _files) = (Path.Combine(run, FolderName), key, begin, files);
    }

    /// <summary>Share of the parts to pass over at first.</summary>
    public double Begin { get; }

    internal PartialStatistics? ReadCounts(string part)
    {
        if (TryRead<Counts>(part) is not Counts read)
        {
            return null;
        }

        long[] counts = new long[read.Bins];
        foreach (long[] pair in read.Occupied)
        {
            counts[pair[0]] = pair[1];
        }

        return new PartialStatistics(new VolumeHistogram(read.First, read.Step, counts), read.AbsentVoxels, read.NaNVoxels, read.DamagedVoxels);
    }

    internal void WriteCounts(string part, PartialStatistics counted)
    {
        VolumeHistogram histogram = counted.Histogram;
        long[][] occupied = [.. histogram.Counts.Select((count, bin) => new[] { bin, count }).Where(pair => pair[1] > 0)];
        Write(part, new Counts(
            histogram.First, histogram.Step, histogram.Counts.Length, occupied, counted.AbsentVoxels, counted.NaNVoxels, counted.DamagedVoxels));
    }

    internal Extremes? ReadExtremes(string part) => TryRead<Extremes>(part);

    internal void WriteExtremes(string part, Extremes extremes) => Write(part, extremes);

    private string PathOf(string part) => Path.Combine(_folder, $"{_key}-{part}.json");

    private T? TryRead<T>(string part)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllBytes(PathOf(part)));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            return null; // not counted yet, or not to be trusted: it is counted again
        }
    }

    private void Write<T>(string part, T document)
    {
        _files.CreateFolder(_folder);
        _files.Write(PathOf(part), JsonSerializer.SerializeToUtf8Bytes(document));
    }

    private sealed record Counts(double First, double Step, int Bins, long[][] Occupied, long AbsentVoxels, long NaNVoxels, long DamagedVoxels);
}

/// <summary>Smallest and largest finite value of a part; nothing where it has none.</summary>
internal sealed record Extremes(double? Low, double? High);
