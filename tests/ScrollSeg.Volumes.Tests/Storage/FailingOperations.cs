using Microsoft.Win32.SafeHandles;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Volumes.Tests.Storage;

/// <summary>The file system, whose k-th call that changes something fails once.</summary>
/// <param name="failing">Which call fails, from 1; 0 for none.</param>
internal sealed class FailingOperations(int failing) : FileOperations
{
    /// <summary>Calls made so far that may fail.</summary>
    public int Calls { get; private set; }

    public override SafeFileHandle CreateNew(string path)
    {
        FailIfItsTurn("create");
        return base.CreateNew(path);
    }

    public override void Write(SafeFileHandle file, ReadOnlySpan<byte> source, long offset)
    {
        // a disk that fills up takes some bytes first
        base.Write(file, source[..(source.Length / 2)], offset);
        FailIfItsTurn("write");
        base.Write(file, source[(source.Length / 2)..], offset + (source.Length / 2));
    }

    public override void Sync(SafeFileHandle file)
    {
        FailIfItsTurn("sync");
        base.Sync(file);
    }

    public override void Rename(string source, string destination)
    {
        FailIfItsTurn("rename");
        base.Rename(source, destination);
    }

    public override void CreateFolder(string path)
    {
        FailIfItsTurn("create folder");
        base.CreateFolder(path);
    }

    public override void SyncFolder(string path) => FailIfItsTurn("sync folder");

    private void FailIfItsTurn(string call)
    {
        if (++Calls == failing)
        {
            throw new IOException($"call {failing} fails: {call}");
        }
    }
}
