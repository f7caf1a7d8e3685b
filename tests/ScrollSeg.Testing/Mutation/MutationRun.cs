using System.Diagnostics;
using ScrollSeg.Volumes;

namespace ScrollSeg.Testing.Mutation;

/// <summary>Opens and reads damaged volumes, one at a time: each is read, or refused as bad data, within a time and within
/// an amount of memory.</summary>
/// <param name="seeds">Good volumes of one format.</param>
/// <param name="folder">Where the damaged ones are written; best in memory.</param>
public sealed class MutationRun(IReadOnlyList<MutationSeed> seeds, string folder)
{
    /// <summary>Longest time for one input. Default none: that is for a run by itself.</summary>
    public TimeSpan LongestTime { get; init; } = TimeSpan.MaxValue;

    /// <summary>Bytes that one input may add to the process's peak of resident memory: the voxels are read into a buffer of at
    /// most 8 MiB, chunks and what codecs need beside it. Default none: that is for a run by itself.</summary>
    public long MostBytes { get; init; } = long.MaxValue;

    /// <summary>Most voxels that are read of one input.</summary>
    private const long MostVoxels = 1 << 20;

    private readonly HashSet<string> _written = [];

    /// <summary>How many inputs were read without complaint.</summary>
    public int Read { get; private set; }

    /// <summary>How many were refused.</summary>
    public int Refused { get; private set; }

    /// <summary>Longest time so far.</summary>
    public TimeSpan Slowest { get; private set; }

    /// <summary>Most managed bytes that one input asked for so far, touched or not.</summary>
    public long Largest { get; private set; }

    /// <summary>Which seed and file a number stands for.</summary>
    public string Describe(int number)
    {
        (MutationSeed seed, string file, _) = Choose(number);
        return $"{seed.Name}: {file}, number {number}";
    }

    /// <summary>Makes the damaged input of a number, and opens and reads it.</summary>
    /// <returns>What went wrong; <see langword="null"/> if nothing did.</returns>
    public async Task<string?> TryAsync(int number)
    {
        (MutationSeed seed, string file, Random random) = Choose(number);
        WriteOnce(seed);
        string damaged = Path.Combine(folder, file);
        await File.WriteAllBytesAsync(damaged, Damage(number, seed, file, random));
        long before = GC.GetTotalAllocatedBytes();
        long peak = PeakBytes();
        long started = Stopwatch.GetTimestamp();
        string? problem;
        try
        {
            problem = await ReadAsync(Path.Combine(folder, seed.Open));
        }
        finally
        {
            await File.WriteAllBytesAsync(damaged, seed.Files[file]);
        }

        TimeSpan time = Stopwatch.GetElapsedTime(started);
        long bytes = GC.GetTotalAllocatedBytes() - before;
        Slowest = time > Slowest ? time : Slowest;
        Largest = Math.Max(Largest, bytes);
        long resident = PeakBytes() - peak;
        return problem is not null ? problem
            : time > LongestTime ? $"took {time.TotalSeconds:0.0} s"
            : resident > MostBytes ? $"took {resident >> 20} MiB"
            : null;
    }

    private long PeakBytes()
    {
        if (MostBytes == long.MaxValue)
        {
            return 0;
        }

        using Process process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }

    /// <summary>Writes the damaged input of a number to a folder, to look at it.</summary>
    public void Save(int number, string path)
    {
        (MutationSeed seed, string file, Random random) = Choose(number);
        byte[] damaged = Damage(number, seed, file, random);
        foreach ((string name, byte[] bytes) in seed.Files)
        {
            string target = Path.Combine(path, name);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.WriteAllBytes(target, name == file ? damaged : bytes);
        }
    }

    private byte[] Damage(int number, MutationSeed seed, string file, Random random)
    {
        byte[] other = seeds[random.Next(seeds.Count)].Files.Values.ElementAt(0);
        byte[] mutant = Mutator.Mutate(seed.Files[file], other, random);
        if (int.IsOddInteger(number))
        {
            mutant = [.. mutant];
            seed.Repair(mutant);
        }

        return mutant;
    }

    private (MutationSeed Seed, string File, Random Random) Choose(int number)
    {
        Random random = new(number);
        MutationSeed seed = seeds[random.Next(seeds.Count)];
        return (seed, seed.Files.Keys.ElementAt(random.Next(seed.Files.Count)), random);
    }

    private void WriteOnce(MutationSeed seed)
    {
        if (_written.Add(seed.Name))
        {
            foreach ((string name, byte[] bytes) in seed.Files)
            {
                string target = Path.Combine(folder, name);
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.WriteAllBytes(target, bytes);
            }
        }
    }

    private async Task<string?> ReadAsync(string path)
    {
        try
        {
            await using VolumeReader volume = await VolumeFormats.OpenAsync(path, new ReaderOptions { DecodeThreads = 1 }, CancellationToken.None);
            Shape3 shape = volume.Info.Shape;
            if (volume.Info.ChunkShape.VoxelCount > MostVoxels)
            {
                Refused++; // what the planner would refuse for its budget
                return null;
            }

            Shape3 part = shape.VoxelCount <= MostVoxels ? shape : new Shape3(Math.Min(shape.Z, 64), Math.Min(shape.Y, 64), Math.Min(shape.X, 64));
            using VoxelBuffer voxels = VoxelBuffer.Rent(part, volume.Info.Type);
            await volume.ReadAsync(new Box3((0, 0, 0), part), voxels);
            Read++;
            return null;
        }
        catch (Exception e) when (e is VolumeFormatException or IOException or UnauthorizedAccessException)
        {
            Refused++;
            return null;
        }
        catch (Exception e)
        {
            return e.ToString();
        }
    }
}
