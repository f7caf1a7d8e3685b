using ScrollSeg.Testing;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Tests.Storage;

public sealed class ObjectJournalTests : IDisposable
{
    private static readonly StoredObject[] Done = [new("0/1/2", 5, new string('a', 64)), StoredObject.Absent("0/ä\tb"), new("c", 0, new string('b', 64))];

    private readonly TemporaryFolder _folder = new();

    private string JournalPath => _folder["objects.tsv"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_CutAnywhere_KnowsWhatIsWholeAndGoesOn()
    {
        using (ObjectJournal journal = ObjectJournal.Open(JournalPath, _ => { }))
        {
            Array.ForEach(Done, journal.Add);
            journal.Sync();
        }

        byte[] whole = File.ReadAllBytes(JournalPath);
        for (int length = 0; length <= whole.Length; length++)
        {
            File.WriteAllBytes(JournalPath, whole[..length]);
            int lines = whole[..length].Count(b => b == '\n');
            List<StoredObject> known = [];
            using (ObjectJournal journal = ObjectJournal.Open(JournalPath, known.Add))
            {
                Assert.Equal(Done[..lines], known);
                Array.ForEach(Done[lines..], journal.Add);
            }

            Assert.Equal(whole, File.ReadAllBytes(JournalPath));
        }

        Assert.Equal(Done, ObjectJournal.Read(JournalPath));
    }

    [Theory]
    [InlineData("\0\0\0\0\n")] // what a power failure may leave
    [InlineData("-\t5\n")]
    [InlineData("-\t-5\tkey\n")]
    [InlineData("xyz\t5\tkey\n")]
    public void Open_LineThatIsNone_IsCutOffWithWhatFollows(string line)
    {
        string good = $"-\t0\tgood\n";
        File.WriteAllText(JournalPath, $"{good}{line}{good}");
        List<StoredObject> known = [];

        ObjectJournal.Open(JournalPath, known.Add).Dispose();

        Assert.Equal([StoredObject.Absent("good")], known);
        Assert.Equal(good, File.ReadAllText(JournalPath));
    }

    [Fact]
    public void Open_WhileAnotherWrites_IsRefused()
    {
        using ObjectJournal journal = ObjectJournal.Open(JournalPath, _ => { });

        IOException e = Assert.Throws<IOException>(() => ObjectJournal.Open(JournalPath, _ => { }));

        Assert.Contains("does another process work on the same?", e.Message, StringComparison.Ordinal);
    }
}
