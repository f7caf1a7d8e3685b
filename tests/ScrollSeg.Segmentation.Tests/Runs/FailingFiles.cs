using Microsoft.Win32.SafeHandles;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Segmentation.Tests.Runs;

/// <summary>A file system whose k-th call fails.</summary>
internal sealed class FailingFiles(int failAt) : FileOperations
{
    private readonly Lock _lock = new();

    public int Calls { get; private set; }

    public int FinalRename { get; private set; } = int.MaxValue;

    public override SafeFileHandle CreateNew(string path)
    {
        Count();
        return base.CreateNew(path);
    }

    public override void Write(SafeFileHandle file, ReadOnlySpan<byte> source, long offset)
    {
        Count();
        base.Write(file, source, offset);
    }

    public override void Sync(SafeFileHandle file)
    {
        Count();
        base.Sync(file);
    }

    public override void Rename(string source, string destination)
    {
        Count();
        base.Rename(source, destination);
    }

    public override bool RenameIfAbsent(string source, string destination)
    {
        Count();
        return base.RenameIfAbsent(source, destination);
    }

    public override void RenameFolder(string source, string destination)
    {
        FinalRename = Calls;
        Count();
        base.RenameFolder(source, destination);
    }

    public override void CreateFolder(string path)
    {
        Count();
        base.CreateFolder(path);
    }

    public override void SyncFolder(string path)
    {
        Count();
        base.SyncFolder(path);
    }

    private void Count()
    {
        lock (_lock)
        {
            if (Calls++ == failAt)
            {
                throw new IOException("injected");
            }
        }
    }
}
