using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace ScrollSeg.Sam.Checkpoints;

/// <summary>
/// A file of named tensors, open for reading: safetensors, PyTorch's zip format, or its older format. Opening reads the
/// names and places alone; elements are read straight into where they are wanted.
/// </summary>
public sealed class TensorFile : IDisposable
{
    private const int BlockBytes = 1 << 20;

    private readonly SafeFileHandle _handle;

    private TensorFile(string path, SafeFileHandle handle, TensorIndex index)
    {
        (Path, _handle, Index) = (path, handle, index);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, StoredTensor> Tensors => Index.Tensors;

    /// <summary>What a safetensors file says of itself; empty for other formats.</summary>
    public IReadOnlyDictionary<string, string> Metadata => Index.Metadata;

    internal TensorIndex Index { get; }

    /// <summary>Opens a file; the format is told by its first bytes, not by its name.</summary>
    /// <exception cref="CheckpointException">The file is of no known format, or contradicts itself.</exception>
    public static TensorFile Open(string path)
    {
        SafeFileHandle handle = File.OpenHandle(path);
        try
        {
            return new TensorFile(path, handle, ReadIndex(new FileBytes(path, handle)));
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>The hash of the whole file, as lower-case hexadecimal.</summary>
    public string ComputeSha256()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] block = new byte[BlockBytes];
        long offset = 0;
        for (int read; (read = RandomAccess.Read(_handle, block, offset)) > 0; offset += read)
        {
            hash.AppendData(block, 0, read);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Reads a tensor's elements as floats, row-major.</summary>
    /// <exception cref="CheckpointException">There is no such tensor.</exception>
    public float[] ReadSingles(string name)
    {
        StoredTensor tensor = Tensors.GetValueOrDefault(name)
            ?? throw new CheckpointException(Path, $"holds no tensor {name}, but {Index.Names}.");
        float[] elements = new float[tensor.Count];
        Read(tensor, elements);
        return elements;
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    /// <summary>Reads a tensor of this file.</summary>
    /// <param name="tensor">One of <see cref="Tensors"/>.</param>
    /// <param name="destination">Receives its elements, row-major; exactly as long as the tensor.</param>
    internal void Read(StoredTensor tensor, Span<float> destination)
    {
        if (destination.Length != tensor.Count)
        {
            throw new ArgumentException($"A tensor of {tensor.Count} elements is not read into {destination.Length}.");
        }

        if (tensor.IsContiguous)
        {
            ReadRun(tensor.Type, tensor.Offset, destination);
        }
        else
        {
            ReadAxis(tensor, 0, tensor.Offset, destination);
        }
    }

    private static TensorIndex ReadIndex(FileBytes file)
    {
        Span<byte> start = stackalloc byte[9];
        start = start[..file.ReadUpTo(start, 0)];
        return start switch
        {
            [(byte)'P', (byte)'K', 3, 4, ..] => TorchZipFormat.ReadIndex(file),
            [0x80, 2, 0x8A, 10, ..] => TorchLegacyFormat.ReadIndex(file),
            [.., (byte)'{'] when start.Length == 9 => SafetensorsFormat.ReadIndex(file),
            _ => throw file.Wrong($"is neither safetensors nor a PyTorch checkpoint: {Describe(start, file.Length)}."),
        };
    }

    private static string Describe(ReadOnlySpan<byte> start, long length) =>
        length == 0 ? "it is empty" : $"its {length} bytes start with {Convert.ToHexStringLower(start)}";

    /// <summary>Walks the axes of a tensor whose elements do not follow each other.</summary>
    private void ReadAxis(StoredTensor tensor, int axis, long offset, Span<float> destination)
    {
        int size = tensor.Type.ByteSize();
        if (axis == tensor.Shape.Count)
        {
            ReadRun(tensor.Type, offset, destination);
            return;
        }

        if (axis == tensor.Shape.Count - 1 && tensor.Strides[axis] == 1)
        {
            ReadRun(tensor.Type, offset, destination);
            return;
        }

        int inner = tensor.Shape[axis] == 0 ? 0 : destination.Length / (int)tensor.Shape[axis];
        for (int i = 0; i < tensor.Shape[axis]; i++)
        {
            ReadAxis(tensor, axis + 1, offset + (i * tensor.Strides[axis] * size), destination.Slice(i * inner, inner));
        }
    }

    /// <summary>Reads elements that follow each other: straight into place where they are floats already.</summary>
    private void ReadRun(TensorType type, long offset, Span<float> destination)
    {
        FileBytes file = new(Path, _handle);
        int size = type.ByteSize();
        byte[] block = type == TensorType.Float32 ? [] : new byte[(int)Math.Min(BlockBytes, (long)size * destination.Length)];
        while (destination.Length > 0)
        {
            int count = Math.Min(destination.Length, BlockBytes / size);
            Span<byte> bytes = type == TensorType.Float32
                ? MemoryMarshal.AsBytes(destination[..count])
                : block.AsSpan(0, count * size);
            file.Read(bytes, offset);
            if (type != TensorType.Float32 || !BitConverter.IsLittleEndian)
            {
                TensorElements.ToSingle(type, bytes.ToArray(), destination[..count]);
            }

            offset += bytes.Length;
            destination = destination[count..];
        }
    }
}
