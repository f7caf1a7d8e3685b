using System.Diagnostics;
using System.IO.Compression;
using System.Runtime.InteropServices;
using ScrollSeg.Sam.Checkpoints;
using ScrollSeg.Testing;

namespace ScrollSeg.Sam.Tests.Checkpoints;

public sealed class TorchZipFormatTests : IDisposable
{
    private static readonly byte[] SixFloats = MemoryMarshal.AsBytes<float>([0, 1, 2, 3, 4, 5]).ToArray();

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("sam_tiny.pth")]
    [InlineData("sam_tiny_legacy.pth")]
    public void Open_OfficialFile_HoldsWhatTheSafetensorsHold(string name)
    {
        using TensorFile pickled = TensorFile.Open(Golden.Find(name));
        using TensorFile plain = TensorFile.Open(Golden.Find("sam_tiny.safetensors"));

        Assert.Equal(plain.Tensors.Keys.Order(), pickled.Tensors.Keys.Order());
        Assert.All(plain.Tensors, tensor =>
        {
            Assert.Equal(tensor.Value.Shape, pickled.Tensors[tensor.Key].Shape);
            Assert.Equal(plain.ReadSingles(tensor.Key), pickled.ReadSingles(tensor.Key));
        });
    }

    [Fact]
    public void Read_TransposedView_GathersItsElements()
    {
        using TensorFile file = Open(TorchZip.OneTensor(first: 0, [3, 2], [1, 3], count: 6), SixFloats);

        Assert.Equal([0f, 3, 1, 4, 2, 5], file.ReadSingles("w"));
    }

    [Fact]
    public void Read_ViewWithOffset_StartsThere()
    {
        using TensorFile file = Open(TorchZip.OneTensor(first: 2, [2], [2], count: 6), SixFloats);

        Assert.Equal([2f, 4], file.ReadSingles("w"));
    }

    [Theory]
    [InlineData("HalfStorage", new byte[] { 0x00, 0x3C, 0x00, 0xC0 })]
    [InlineData("BFloat16Storage", new byte[] { 0x80, 0x3F, 0x00, 0xC0 })]
    [InlineData("CharStorage", new byte[] { 1, 0xFE })]
    [InlineData("ShortStorage", new byte[] { 1, 0, 0xFE, 0xFF })]
    [InlineData("IntStorage", new byte[] { 1, 0, 0, 0, 0xFE, 0xFF, 0xFF, 0xFF })]
    [InlineData("LongStorage", new byte[] { 1, 0, 0, 0, 0, 0, 0, 0, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF })]
    [InlineData("DoubleStorage", new byte[] { 0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 0, 0, 0, 0, 0, 0, 0, 0xC0 })]
    public void Read_OtherElementType_BecomesFloat(string storage, byte[] bytes)
    {
        using TensorFile file = Open(TorchZip.OneTensor(first: 0, [2], [1], count: 2, storage), bytes);

        Assert.Equal([1f, -2f], file.ReadSingles("w"));
    }

    [Theory]
    [InlineData(1, new[] { 6 }, new[] { 1 }, 6)]                     // one element too far
    [InlineData(0, new[] { 2, 3 }, new[] { 4, 1 }, 6)]               // strides lead out
    [InlineData(-1, new[] { 2 }, new[] { 1 }, 6)]
    [InlineData(0, new[] { -2 }, new[] { 1 }, 6)]
    [InlineData(5, new[] { 2 }, new[] { -1 }, 6)]
    [InlineData(0, new[] { 1 << 30 }, new[] { 0 }, 6)]               // one element shown a billion times
    [InlineData(0, new[] { 2 }, new[] { 1, 1 }, 6)]
    [InlineData(0, new[] { 1 << 30, 1 << 30, 1 << 30 }, new[] { 0, 0, 0 }, 6)]
    [InlineData(0, new[] { 7 }, new[] { 1 }, 7)]                     // the storage has 6
    public void Open_TensorBeyondItsStorage_IsRefused(int first, int[] shape, int[] strides, int count)
    {
        CheckpointException e = Assert.Throws<CheckpointException>(
            () => Open(TorchZip.OneTensor(first, shape, strides, count), SixFloats));

        Assert.Matches("w, .* lies in a storage of 6 elements|7 elements of Float32 need 28", e.Message);
        Assert.Equal(_folder["a.pth"], e.Path);
    }

    [Fact]
    public void Open_HostilePickle_IsRefusedByNameAndNothingRuns()
    {
        string witness = _folder["witness"];
        byte[] pickle =
            [0x80, 2, .. TorchZip.Global("os", "system"), .. "("u8, .. TorchZip.Text($"touch {witness}"), .. "tR."u8];

        CheckpointException e = Assert.Throws<CheckpointException>(() => Open(pickle, SixFloats));

        Assert.Contains("asks for os.system", e.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(witness));
    }

    [Theory]
    [InlineData("builtins", "eval")]
    [InlineData("torch", "load")]
    [InlineData("torch.FloatStorage", "x")]
    [InlineData("numpy.core.multiarray", "_reconstruct")]
    [InlineData("torch._utils", "_rebuild_tensor_v2.__globals__")]
    public void Open_GlobalOutsideTheList_IsRefusedByName(string module, string name)
    {
        byte[] stackGlobal = [0x80, 4, .. TorchZip.Text(module), .. TorchZip.Text(name), 0x93, .. "."u8];

        CheckpointException e = Assert.Throws<CheckpointException>(() => Open(stackGlobal, SixFloats));

        Assert.Contains($"asks for {module}.{name}", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData((byte)'i')] // INST
    [InlineData((byte)'o')] // OBJ
    [InlineData(0x81)]      // NEWOBJ
    [InlineData(0x82)]      // EXT1
    [InlineData((byte)'P')] // PERSID
    public void Open_OpcodeOutsideTheList_IsRefusedByName(byte opcode)
    {
        CheckpointException e = Assert.Throws<CheckpointException>(() => Open([0x80, 2, opcode, (byte)'.'], SixFloats));

        Assert.Contains($"0x{opcode:x2}", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_CompressedEntries_AreRefusedUnread()
    {
        byte[] bomb = new byte[200_000_000];
        string path = TorchZip.Write(_folder["a.pth"], TorchZip.OneTensor(0, [6], [1], 6), CompressionLevel.Fastest, ("0", bomb));
        long before = GC.GetAllocatedBytesForCurrentThread();

        CheckpointException e = Assert.Throws<CheckpointException>(() => TensorFile.Open(path));

        Assert.Contains("compressed", e.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
    }

    [Fact]
    public void Open_TruncatedAnywhere_IsRefused()
    {
        byte[] whole = File.ReadAllBytes(TorchZip.Write(_folder["w.pth"], TorchZip.OneTensor(0, [6], [1], 6), storages: ("0", SixFloats)));
        for (int length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(_folder["a.pth"], whole[..length]);

            Assert.Throws<CheckpointException>(() => TensorFile.Open(_folder["a.pth"]));
        }
    }

    [Theory]
    [InlineData("sam_tiny.pth")]
    [InlineData("sam_tiny_legacy.pth")]
    public void Open_OfficialFileTruncated_IsRefused(string name)
    {
        byte[] whole = File.ReadAllBytes(Golden.Find(name));
        foreach (int length in new[] { 20, 30_000, whole.Length / 2, whole.Length - 1 })
        {
            File.WriteAllBytes(_folder["a.pth"], whole[..length]);

            Assert.Throws<CheckpointException>(() => TensorFile.Open(_folder["a.pth"]));
        }
    }

    [Theory]
    [InlineData("sam_tiny.pth", 40, 36_000)]
    [InlineData("sam_tiny_legacy.pth", 0, 41_012)]
    public void Open_DamagedPickle_NeverFailsOtherwise(string name, int first, int end)
    {
        byte[] whole = File.ReadAllBytes(Golden.Find(name));
        Random random = new(1);
        Stopwatch watch = Stopwatch.StartNew();
        for (int i = 0; i < 150 && watch.Elapsed < TimeSpan.FromSeconds(10); i++)
        {
            byte[] damaged = [.. whole];
            damaged[random.Next(first, end)] = (byte)random.Next(256);
            File.WriteAllBytes(_folder["a.pth"], damaged);
            try
            {
                TensorFile.Open(_folder["a.pth"]).Dispose();
            }
            catch (CheckpointException)
            {
                // the one failure that is allowed
            }
        }
    }

    private TensorFile Open(byte[] pickle, byte[] storage) =>
        TensorFile.Open(TorchZip.Write(_folder["a.pth"], pickle, storages: ("0", storage)));
}
