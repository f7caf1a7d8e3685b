using System.Text;
using ScrollSeg.Sam.Checkpoints;
using ScrollSeg.Testing;

namespace ScrollSeg.Sam.Tests.Checkpoints;

public sealed class SafetensorsFormatTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Write_ThenOpen_GivesTheSame()
    {
        string path = _folder["a.safetensors"];

        Safetensors.Write(
            path,
            [new NamedTensor("b", [2, 3], new float[] { 1, 2, 3, 4, 5, 6.5f }), new NamedTensor("a", [], new float[] { -7 })],
            new Dictionary<string, string> { ["who"] = "\"quoted\" µ" });

        using TensorFile file = TensorFile.Open(path);
        Assert.Equal(["b", "a"], file.Tensors.Keys);
        Assert.Equal([2, 3], file.Tensors["b"].Shape);
        Assert.Equal([1, 2, 3, 4, 5, 6.5f], file.ReadSingles("b"));
        Assert.Equal([-7f], file.ReadSingles("a"));
        Assert.Equal("\"quoted\" µ", file.Metadata["who"]);
        Assert.Equal(0, file.Tensors["b"].Offset % 8);
    }

    [Theory]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", null)]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,12]}}""", "w, F32 [2], lies at bytes [0, 12]")]
    [InlineData("""{"w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "leave a gap")]
    [InlineData("""{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "accounts for")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"v":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "overlap")]
    [InlineData("""{"w":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}""", "lies at")]
    [InlineData("""{"w":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", "lies at")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", "lies at")]
    [InlineData("""{"w":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}""", "lies at")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2]}}""", "no safetensors header")]
    [InlineData("""{"w":{"dtype":"Q4","shape":[2],"data_offsets":[0,8]}}""", "keeps w as Q4")]
    [InlineData("""{"w":3}""", "no safetensors header")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}""", "no safetensors header")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "twice")]
    public void Open_HeaderThatLies_IsRefused(string header, string? problem)
    {
        string path = Write(Encoding.UTF8.GetByteCount(header), header, elements: 8);
        if (problem is null)
        {
            TensorFile.Open(path).Dispose();
            return;
        }

        Assert.Contains(problem, Assert.Throws<CheckpointException>(() => TensorFile.Open(path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(-1)]
    [InlineData(1L << 40)]
    [InlineData(99_000_000)]
    public void Open_HeaderLengthThatLies_IsRefusedBeforeAllocating(long length)
    {
        string path = Write(length, "{}", elements: 0);
        long before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<CheckpointException>(() => TensorFile.Open(path));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(100)]
    [InlineData(30_000)]
    [InlineData(1_901_951)]
    public void Open_Truncated_IsRefused(int length)
    {
        File.WriteAllBytes(_folder["a"], File.ReadAllBytes(Golden.Find("sam_tiny.safetensors"))[..length]);

        Assert.Throws<CheckpointException>(() => TensorFile.Open(_folder["a"]));
    }

    private string Write(long headerLength, string header, int elements)
    {
        File.WriteAllBytes(
            _folder["a"], [.. BitConverter.GetBytes(headerLength), .. Encoding.UTF8.GetBytes(header), .. new byte[elements]]);
        return _folder["a"];
    }
}
