using ScrollSeg.Testing;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Tests.Storage;

public sealed class ScratchFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Create_DeletesWhatNobodyOwnsAndLeavesTheRest()
    {
        string withLock = Abandoned("scrollseg-copy-1-a", hasLock: true);
        string withoutLock = Abandoned("scrollseg-copy-2-b", hasLock: false);
        File.WriteAllText(_folder["scrollseg-copy-3-c.lock"], "");
        string foreign = Abandoned("scrollseg-test-1", hasLock: false);
        using ScratchFolder living = ScratchFolder.Create(_folder.Path);
        File.WriteAllText(Path.Combine(living.Path, "used"), "");
        Assert.False(Path.Exists(withLock) || Path.Exists(withoutLock) || File.Exists(withLock + ".lock"));

        using (ScratchFolder other = ScratchFolder.Create(_folder.Path))
        {
            Assert.True(File.Exists(Path.Combine(living.Path, "used"))); // its lock is held
            Assert.NotEqual(living.Path, other.Path);
        }

        Assert.Equal(
            new[] { living.Path, living.Path + ".lock", foreign }.Order(StringComparer.Ordinal),
            Directory.EnumerateFileSystemEntries(_folder.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Dispose_LeavesNothing()
    {
        ScratchFolder.Create(_folder.Path).Dispose();

        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Create_ManyAtOnce_DoNotDeleteEachOthers()
    {
        Parallel.For(0, 200, _ =>
        {
            using ScratchFolder mine = ScratchFolder.Create(_folder.Path);
            File.WriteAllText(Path.Combine(mine.Path, "a"), "");
            Assert.True(File.Exists(Path.Combine(mine.Path, "a")));
        });

        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    private string Abandoned(string name, bool hasLock)
    {
        Directory.CreateDirectory(Path.Combine(_folder[name], "copy.zarr"));
        File.WriteAllText(Path.Combine(_folder[name], "copy.zarr", "0"), "");
        if (hasLock)
        {
            File.WriteAllText(_folder[name + ".lock"], "");
        }

        return _folder[name];
    }
}
