using ScrollSeg.Testing;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Volumes.Tests.Storage;

public sealed class FolderStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Read_OfAKey_GivesItsBytes()
    {
        Put("0/1/2", [1, 2, 3]);
        Put("empty", []);
        FolderStore store = new(_folder.Path);

        using StoredBytes? some = await store.ReadAsync("0/1/2", Ct);
        using StoredBytes? none = await store.ReadAsync("empty", Ct);

        Assert.Equal([1, 2, 3], some!.Span.ToArray());
        Assert.Equal(0, none!.Length);
    }

    [Theory]
    [InlineData("absent")]
    [InlineData("no/such/folder")]
    [InlineData("file/below-a-file")]
    public async Task Read_OfWhatIsNotThere_IsNull(string key)
    {
        Put("file", [1]);
        FolderStore store = new(_folder.Path);

        Assert.Null(await store.ReadAsync(key, Ct));
        Assert.False(await store.ExistsAsync(key, Ct));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/etc/passwd")]
    [InlineData("../a")]
    [InlineData("a/../b")]
    [InlineData("a//b")]
    [InlineData("a/")]
    [InlineData("./a")]
    [InlineData("a\\b")]
    [InlineData("a\0b")]
    public async Task Read_OfAKeyThatLeavesTheStore_IsRefused(string key)
    {
        FolderStore store = new(_folder.Path);

        await Assert.ThrowsAsync<ArgumentException>(async () => await store.ReadAsync(key, Ct));
        await Assert.ThrowsAsync<ArgumentException>(async () => await store.ExistsAsync(key, Ct));
    }

    [Fact]
    public async Task Read_ThatEndsEarly_IsAnInputOutputError()
    {
        Put("a", new byte[100]);
        FolderStore store = new(_folder.Path, new ShortReads());

        IOException error = await Assert.ThrowsAsync<IOException>(async () => await store.ReadAsync("a", Ct));

        Assert.Contains("ended after 60 of 100 bytes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_ThatIsNotAllowed_IsAnInputOutputError()
    {
        FolderStore store = new(_folder.Path, new NoPermission());

        IOException error = await Assert.ThrowsAsync<IOException>(async () => await store.ReadAsync("a", Ct));

        Assert.Contains(_folder["a"], error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_BelowAPrefix_IsSortedAndLeavesOutTemporaryFiles()
    {
        Put("0/10/1", [1]);
        Put("0/2/1", [1, 2]);
        Put("0/2/.1.abc.7.tmp", [9]);
        Put("0/.zarray", [1, 2, 3]);
        Put("1/0", [1]);
        FolderStore store = new(_folder.Path);

        List<StoreEntry> entries = await store.ListAsync("0/", Ct).ToListAsync(Ct);

        Assert.Equal([("0/.zarray", 3L), ("0/10/1", 1L), ("0/2/1", 2L)], entries.Select(entry => (entry.Key, entry.Bytes)));
        Assert.All(entries, entry => Assert.Equal(DateTimeKind.Utc, entry.LastWriteUtc.Kind));
        Assert.Empty(await store.ListAsync("none/", Ct).ToListAsync(Ct));
    }

    [Fact]
    public async Task List_OfAFolderThatLinksToItself_Ends()
    {
        Directory.CreateSymbolicLink(_folder["again"], _folder.Path);
        FolderStore store = new(_folder.Path);

        IOException error = await Assert.ThrowsAsync<IOException>(async () => await store.ListAsync("", Ct).ToListAsync(Ct));

        Assert.Contains("again", error.Message, StringComparison.Ordinal);
    }

    private void Put(string key, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[key])!);
        File.WriteAllBytes(_folder[key], content);
    }

    private sealed class ShortReads : FileOperations
    {
        public override int Read(Microsoft.Win32.SafeHandles.SafeFileHandle file, Span<byte> destination, long offset) =>
            base.Read(file, destination[..60], offset);
    }

    private sealed class NoPermission : FileOperations
    {
        public override Microsoft.Win32.SafeHandles.SafeFileHandle OpenRead(string path) =>
            throw new UnauthorizedAccessException("not allowed");
    }
}
