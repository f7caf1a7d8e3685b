namespace ScrollSeg.Segmentation.Runs;

/// <summary>Keeps a second process from computing the same share at the same time. Only a courtesy: two that do all the same
/// write the same bytes. The system lets go of it when the process dies.</summary>
internal sealed class ShardLock : IDisposable
{
    /// <summary>Every lock's name ends so.</summary>
    public const string Extension = ".lock";

    private readonly FileStream _file;

    private ShardLock(FileStream file) => _file = file;

    /// <summary>Takes the lock.</summary>
    /// <exception cref="RunConflictException">Another process has it.</exception>
    public static ShardLock Take(string run, Shard shard)
    {
        string path = Path.Combine(run, $"shard-{shard.Index}-of-{shard.Count}{Extension}");
        try
        {
            return new ShardLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException e) when (File.Exists(path))
        {
            throw new RunConflictException($"{path}: another process computes shard {shard} of this run now ({e.Message})");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
