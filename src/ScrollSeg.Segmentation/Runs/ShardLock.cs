namespace ScrollSeg.Segmentation.Runs;

/// <summary>Keeps a second process from computing the same share at the same time. Only a courtesy: two that do all the same
/// write the same bytes. The system lets go of it when the process dies.</summary>
/// <remarks>
/// It is <c>flock</c>, through .NET's <see cref="FileShare.None"/>. Over NFS Linux turns it into a lock of the server (unless
/// mounted with <c>nolock</c> or <c>local_lock</c>), so it holds between nodes; Lustre needs <c>-o flock</c> for that. A file
/// system without locks refuses nothing, and both processes compute the same. A node that lost its power keeps its lock until
/// the server's lease ends (NFSv4: 90 s by default) or until it is up again (NFSv3). So being refused passes by itself, and is
/// told as a run that stopped with work left, not as one that is somebody else's: a batch system tries again later.
/// </remarks>
internal sealed class ShardLock : IDisposable
{
    /// <summary>Every lock's name ends so.</summary>
    public const string Extension = ".lock";

    private readonly FileStream _file;

    private ShardLock(FileStream file) => _file = file;

    /// <summary>Takes the lock.</summary>
    /// <exception cref="RunStoppedException">Another process has it.</exception>
    public static ShardLock Take(string run, Shard shard)
    {
        string path = Path.Combine(run, $"shard-{shard.Index}-of-{shard.Count}{Extension}");
        try
        {
            return new ShardLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException e) when (File.Exists(path))
        {
            throw new RunStoppedException(
                $"{path}: another process computes shard {shard} of this run now ({e.Message}) If none does, its node is gone and the lock ends soon: run again.");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
