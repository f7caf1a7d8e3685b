using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Sam.Checkpoints;

/// <summary>Writes safetensors files of 32-bit floats.</summary>
public static class Safetensors
{
    /// <summary>Elements start at a multiple of it, so that they can be mapped; the reference writer's own choice.</summary>
    private const int Alignment = 8;

    private const int BlockElements = 1 << 18;

    /// <summary>Writes a file that is either wholly there or not there.</summary>
    /// <param name="path">The file; one of that name is replaced.</param>
    /// <param name="tensors">The tensors, in the file's order.</param>
    /// <param name="metadata">What the file says of itself.</param>
    /// <exception cref="ArgumentException">A tensor has another number of elements than its shape.</exception>
    /// <exception cref="IOException">The system refused.</exception>
    public static void Write(
        string path, IReadOnlyList<NamedTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        byte[] header = Header(tensors, metadata ?? new Dictionary<string, string>());
        string temporary = $"{path}.{Guid.NewGuid():N}{AtomicFile.TemporarySuffix}";
        try
        {
            WriteTemporary(temporary, header, tensors);
            FileOperations.System.Rename(temporary, path);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private static void WriteTemporary(string path, byte[] header, IReadOnlyList<NamedTensor> tensors)
    {
        using SafeFileHandle file = FileOperations.System.CreateNew(path);
        FileOperations.System.Write(file, header, 0);
        long offset = header.Length;
        foreach (NamedTensor tensor in tensors)
        {
            for (int first = 0; first < tensor.Elements.Length; first += BlockElements)
            {
                ReadOnlySpan<float> block = tensor.Elements.Span[first..Math.Min(first + BlockElements, tensor.Elements.Length)];
                FileOperations.System.Write(file, MemoryMarshal.AsBytes(block), offset);
                offset += 4L * block.Length;
            }
        }

        FileOperations.System.Sync(file);
    }

    private static byte[] Header(IReadOnlyList<NamedTensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        ArrayBufferWriter<byte> bytes = new();
        using (Utf8JsonWriter json = new(bytes))
        {
            json.WriteStartObject();
            if (metadata.Count > 0)
            {
                json.WriteStartObject(SafetensorsFormat.MetadataKey);
                foreach ((string key, string value) in metadata)
                {
                    json.WriteString(key, value);
                }

                json.WriteEndObject();
            }

            WriteTensors(json, tensors);
            json.WriteEndObject();
        }

        int length = (bytes.WrittenCount + Alignment - 1) / Alignment * Alignment;
        byte[] header = new byte[8 + length];
        header.AsSpan().Fill((byte)' ');
        BinaryPrimitives.WriteInt64LittleEndian(header, length);
        bytes.WrittenSpan.CopyTo(header.AsSpan(8));
        return header;
    }

    private static void WriteTensors(Utf8JsonWriter json, IReadOnlyList<NamedTensor> tensors)
    {
        long offset = 0;
        foreach (NamedTensor tensor in tensors)
        {
            if (StoredTensor.CheckedCount(tensor.Shape) != tensor.Elements.Length)
            {
                throw new ArgumentException(
                    $"The tensor {tensor.Name} of shape {StoredTensor.Text(tensor.Shape)} has {tensor.Elements.Length} elements.", nameof(tensors));
            }

            json.WriteStartObject(tensor.Name);
            json.WriteString("dtype", "F32");
            WriteNumbers(json, "shape", tensor.Shape);
            WriteNumbers(json, "data_offsets", [offset, offset += 4L * tensor.Elements.Length]);
            json.WriteEndObject();
        }
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, IReadOnlyList<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (long number in numbers)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }
}
