using ScrollSeg.Sam.Embeddings;
using ScrollSeg.Testing;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Sam.Tests.Embeddings;

public sealed class EmbeddingFolderTests : IDisposable
{
    private const int Content = 100;
    private const int Entry = EmbeddingFolder.HeaderBytes + Content;

    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _notes = [];
    private readonly StepClock _clock = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_WhatWasWritten_IsTheSame()
    {
        EmbeddingFolder folder = Open(10 * Entry);
        byte[] read = new byte[Content];

        folder.Write("aa", New(7));

        Assert.True(folder.TryRead("aa", read));
        Assert.Equal(Enumerable.Repeat((byte)7, Content), read);
        Assert.True(Open(10 * Entry).TryRead("aa", read)); // another process
        Assert.False(folder.TryRead("ab", read));
        Assert.Empty(_notes);
    }

    [Fact]
    public void Write_WhereFull_DeletesWhatWasUnusedForLongest()
    {
        EmbeddingFolder folder = Open(3 * Entry);
        foreach (string key in new[] { "a", "b", "c" })
        {
            folder.Write(key, New(1));
        }

        Assert.True(folder.TryRead("a", new byte[Content])); // now b is the oldest

        folder.Write("d", New(1));

        Assert.Equal(["a", "c", "d"], Keys());
    }

    /// <summary>Whatever two processes do by turns, and wherever one looks: never more than the limit, temporary files
    /// included.</summary>
    [Fact]
    public void Write_TwoProcesses_NeverExceedTheLimit()
    {
        WatchingFiles files = new(_folder.Path);
        EmbeddingFolder[] folders = [Open(4 * Entry, files), Open(4 * Entry, files)];
        Random random = new(1);
        for (int i = 0; i < 200; i++)
        {
            EmbeddingFolder folder = folders[random.Next(2)];
            string key = $"{random.Next(12)}";
            if (!folder.TryRead(key, new byte[Content]))
            {
                folder.Write(key, New(1));
            }
        }

        Assert.True(files.Most > 3 * Entry);
        Assert.True(files.Most <= 4 * Entry, $"{files.Most} of {4 * Entry} bytes");
        Assert.Empty(_notes);
    }

    [Fact]
    public void Open_FolderAboveTheLimit_IsBroughtWithinIt()
    {
        EmbeddingFolder folder = Open(5 * Entry);
        foreach (string key in new[] { "a", "b", "c", "d" })
        {
            folder.Write(key, New(1));
        }

        Assert.Equal(2 * Entry, Open(2 * Entry).Bytes);

        Assert.Equal(["c", "d"], Keys());
    }

    [Fact]
    public void Read_DamagedEntries_AreDeletedAndSaidOnce()
    {
        EmbeddingFolder folder = Open(9 * Entry);
        string[] damages = ["short", "magic", "content", "renamed"];
        foreach (string key in damages)
        {
            folder.Write(key, New(1));
        }

        File.WriteAllBytes(PathOf("short"), [1, 2, 3]);
        Flip("magic", 0);
        Flip("content", Entry - 1);
        folder.Write("other", New(2));
        File.Move(PathOf("other"), PathOf("renamed"), overwrite: true); // a sound file under the key of other pixels

        Assert.All(damages, key => Assert.False(folder.TryRead(key, new byte[Content])));

        Assert.Empty(Keys());
        Assert.Contains("deleted and computed again", Assert.Single(_notes), StringComparison.Ordinal);
        folder.Write("short", New(1));
        Assert.True(folder.TryRead("short", new byte[Content]));
    }

    [Fact]
    public void Write_EntryAboveTheLimit_IsLeftOutAndSaidOnce()
    {
        EmbeddingFolder folder = Open(Entry - 1);

        folder.Write("a", New(1));
        folder.Write("b", New(1));

        Assert.Empty(Keys());
        Assert.Contains($"takes {Entry} bytes, and the limit is {Entry - 1}", Assert.Single(_notes), StringComparison.Ordinal);
    }

    /// <summary>A full disk is no reason to stop.</summary>
    [Fact]
    public void Write_FileSystemThatRefuses_IsSaidOnce()
    {
        EmbeddingFolder folder = Open(9 * Entry, new FullDisk());

        folder.Write("a", New(1));
        folder.Write("b", New(1));

        Assert.Empty(Keys());
        Assert.Contains("cannot be kept", Assert.Single(_notes), StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(_folder.Path, "*" + AtomicFile.TemporarySuffix));
    }

    /// <summary>A plan leaves everything as it is, and a verification does not believe it.</summary>
    [Fact]
    public void Untouched_Folder_IsNeitherReadNorChanged()
    {
        Open(9 * Entry).Write("a", New(1));
        DateTime used = File.GetLastWriteTimeUtc(PathOf("a"));
        EmbeddingFolder folder = new(_folder.Path, Entry - 1, _notes.Add, untouched: true);

        folder.Write("b", New(1));

        Assert.False(folder.TryRead("a", new byte[Content]));
        Assert.Equal(["a"], Keys());
        Assert.Equal(used, File.GetLastWriteTimeUtc(PathOf("a")));
        Assert.False(new EmbeddingFolder(_folder["none"], 1, _notes.Add, untouched: true).TryRead("a", new byte[Content]));
        Assert.False(Directory.Exists(_folder["none"]));
    }

    [Fact]
    public void Write_AfterAKill_RemovesWhatItLeft()
    {
        string left = Path.Combine(_folder.Path, $".a{EmbeddingFolder.Extension}.1.1{AtomicFile.TemporarySuffix}");
        File.WriteAllBytes(left, new byte[50]);

        Open(9 * Entry);

        Assert.False(File.Exists(left));
    }

    private EmbeddingFolder Open(long limit, FileOperations? files = null) => new(_folder.Path, limit, _notes.Add, untouched: false, _clock, files);

    private string[] Keys() => [.. Directory.EnumerateFiles(_folder.Path, "*" + EmbeddingFolder.Extension)
        .Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)];

    private string PathOf(string key) => Path.Combine(_folder.Path, key + EmbeddingFolder.Extension);

    private void Flip(string key, int at)
    {
        byte[] bytes = File.ReadAllBytes(PathOf(key));
        bytes[at] ^= 1;
        File.WriteAllBytes(PathOf(key), bytes);
    }

    private static byte[] New(byte value)
    {
        byte[] entry = new byte[Entry];
        entry.AsSpan(EmbeddingFolder.HeaderBytes).Fill(value);
        return entry;
    }

    /// <summary>A second passes at each look, so that no two entries were used at the same time.</summary>
    private sealed class StepClock : TimeProvider
    {
        private DateTimeOffset _now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => _now = _now.AddSeconds(1);
    }

    private sealed class FullDisk : FileOperations
    {
        public override void Write(Microsoft.Win32.SafeHandles.SafeFileHandle file, ReadOnlySpan<byte> source, long offset) =>
            throw new IOException("No space left on device");
    }

    /// <summary>Adds up the folder after every step.</summary>
    private sealed class WatchingFiles(string folder) : FileOperations
    {
        public long Most { get; private set; }

        public override void Write(Microsoft.Win32.SafeHandles.SafeFileHandle file, ReadOnlySpan<byte> source, long offset)
        {
            base.Write(file, source, offset);
            Look();
        }

        public override void Rename(string source, string destination)
        {
            base.Rename(source, destination);
            Look();
        }

        private void Look() => Most = Math.Max(Most, new DirectoryInfo(folder).EnumerateFiles()
            .Where(file => file.Extension != ".lock").Sum(file => file.Length));
    }
}
