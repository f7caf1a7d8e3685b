using System.Buffers.Binary;
using System.Text;

namespace ScrollSeg.Sam.Checkpoints;

/// <summary>
/// Reads the pickles that <c>torch.save</c> writes of a state dict, and no others: a listed set of opcodes, a listed set
/// of names (<see cref="PickleGlobals"/>), and nothing is ever run.
/// </summary>
/// <remarks>
/// Opcodes: Lib/pickletools.py of CPython. Memory is bounded by the pickle's own length: an opcode makes at most one value,
/// and every stated length is held against what is left.
/// </remarks>
internal sealed class PickleReader(byte[] pickle, FileBytes file, int start = 0)
{
    private static readonly object Mark = new();

    private readonly List<object?> _stack = [];
    private readonly Dictionary<uint, object?> _memo = [];
    private int _position = start;

    /// <summary>Where the pickle ended, once it is read.</summary>
    public int End => _position;

    /// <summary>Reads one pickle.</summary>
    /// <exception cref="CheckpointException">It is damaged, or asks for more than a state dict needs.</exception>
    public object? Read()
    {
        while (true)
        {
            byte opcode = Take(1)[0];
            if (opcode == (byte)'.')
            {
                return Pop();
            }

            Execute(opcode);
        }
    }

    private void Execute(byte opcode)
    {
        switch ((char)opcode)
        {
            case (char)0x80: // PROTO
                Take(1);
                break;
            case (char)0x95: // FRAME
                Take(8);
                break;
            case '(':
                Push(Mark);
                break;
            case '0': // POP
                Pop();
                break;
            case 'N':
                Push(null);
                break;
            case (char)0x88:
                Push(true);
                break;
            case (char)0x89:
                Push(false);
                break;
            case 'G':
                Push(BinaryPrimitives.ReadDoubleBigEndian(Take(8)));
                break;
            case 'J' or 'K' or 'M' or (char)0x8A:
                Push(TakeInteger((char)opcode));
                break;
            case 'X' or (char)0x8C or (char)0x8D:
                Push(Encoding.UTF8.GetString(Take(TakeLength((char)opcode))));
                break;
            case 'q' or 'r' or (char)0x94 or 'h' or 'j':
                ExecuteMemo((char)opcode);
                break;
            case 'c' or (char)0x93 or 'R' or 'b' or 'Q':
                ExecuteObject((char)opcode);
                break;
            default:
                ExecuteCollection((char)opcode);
                break;
        }
    }

    private long TakeInteger(char opcode) => opcode switch
    {
        'J' => BinaryPrimitives.ReadInt32LittleEndian(Take(4)),
        'K' => Take(1)[0],
        'M' => BinaryPrimitives.ReadUInt16LittleEndian(Take(2)),
        _ => TakeLong(Take(1)[0]),
    };

    /// <summary>LONG1: two's complement, little-endian, of any length; more than 64 bits is only the legacy magic number.</summary>
    private long TakeLong(int length)
    {
        ReadOnlySpan<byte> bytes = Take(length);
        System.Numerics.BigInteger value = new(bytes);
        return value >= long.MinValue && value <= long.MaxValue ? (long)value : throw Damaged($"has an integer of {length} bytes");
    }

    private long TakeLength(char opcode) => opcode switch
    {
        'X' => BinaryPrimitives.ReadUInt32LittleEndian(Take(4)),
        (char)0x8C => Take(1)[0],
        _ => BinaryPrimitives.ReadInt64LittleEndian(Take(8)),
    };

    private void ExecuteMemo(char opcode)
    {
        switch (opcode)
        {
            case 'q':
                _memo[Take(1)[0]] = Top();
                break;
            case 'r':
                _memo[BinaryPrimitives.ReadUInt32LittleEndian(Take(4))] = Top();
                break;
            case (char)0x94: // MEMOIZE
                _memo[(uint)_memo.Count] = Top();
                break;
            default:
                uint index = opcode == 'h' ? Take(1)[0] : BinaryPrimitives.ReadUInt32LittleEndian(Take(4));
                Push(_memo.TryGetValue(index, out object? value) ? value : throw Damaged($"recalls value {index} before making it"));
                break;
        }
    }

    private void ExecuteObject(char opcode)
    {
        switch (opcode)
        {
            case 'c': // GLOBAL
                Push(PickleGlobals.Check(new PickleGlobal(TakeLine(), TakeLine()), file));
                break;
            case (char)0x93: // STACK_GLOBAL
                string name = Pop<string>();
                Push(PickleGlobals.Check(new PickleGlobal(Pop<string>(), name), file));
                break;
            case 'R': // REDUCE
                object?[] arguments = Pop<object?[]>();
                Push(PickleGlobals.Make(Pop<PickleGlobal>(), arguments, file));
                break;
            case 'Q': // BINPERSID
                Push(PickleGlobals.MakeStorage(Pop<object?[]>(), file));
                break;
            default: // BUILD sets an ordered dictionary's attributes, such as _metadata, which say nothing of the weights
                Pop();
                _ = Top<PickleDictionary>();
                break;
        }
    }

    private void ExecuteCollection(char opcode)
    {
        switch (opcode)
        {
            case ')':
                Push(Array.Empty<object?>());
                break;
            case 't':
                Push(PopToMark());
                break;
            case (char)0x85 or (char)0x86 or (char)0x87: // TUPLE1 to TUPLE3
                Push(PopLast(opcode - 0x84));
                break;
            case ']':
                Push(new List<object?>());
                break;
            case 'a':
                object? item = Pop();
                Top<List<object?>>().Add(item);
                break;
            case 'e':
                object?[] items = PopToMark();
                Top<List<object?>>().AddRange(items);
                break;
            case '}':
                Push(new PickleDictionary());
                break;
            case 's':
                object?[] pair = PopLast(2);
                Set(pair);
                break;
            case 'u':
                Set(PopToMark());
                break;
            default:
                throw file.Wrong($"holds a pickle with the opcode 0x{(int)opcode:x2} at byte {_position - 1}, "
                    + "which no state dict needs; nothing was run.");
        }
    }

    private void Set(object?[] pairs)
    {
        PickleDictionary dictionary = Top<PickleDictionary>();
        for (int i = 0; i + 1 < pairs.Length; i += 2)
        {
            object key = pairs[i] is string or long ? pairs[i]! : throw Damaged("has a dictionary key that is neither text nor number");
            dictionary[key] = pairs[i + 1];
        }
    }

    private ReadOnlySpan<byte> Take(long count)
    {
        if (count < 0 || count > pickle.Length - _position)
        {
            throw Damaged($"ends within a value of {count} bytes");
        }

        ReadOnlySpan<byte> taken = pickle.AsSpan(_position, (int)count);
        _position += (int)count;
        return taken;
    }

    private string TakeLine()
    {
        int length = pickle.AsSpan(_position).IndexOf((byte)'\n');
        string line = Encoding.UTF8.GetString(Take(length < 0 ? long.MaxValue : length));
        _position++;
        return line;
    }

    private void Push(object? value) => _stack.Add(value);

    private object? Top() => _stack.Count > 0 ? _stack[^1] : throw Damaged("takes a value where there is none");

    private T Top<T>()
        where T : class => Top() as T ?? throw Damaged("finds another kind of value than it needs");

    private T Pop<T>()
        where T : class => Pop() as T ?? throw Damaged("finds another kind of value than it needs");

    private object? Pop()
    {
        object? value = Top();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private object?[] PopToMark()
    {
        int mark = _stack.LastIndexOf(Mark);
        if (mark < 0)
        {
            throw Damaged("ends a collection that never began");
        }

        object?[] values = PopLast(_stack.Count - mark - 1);
        Pop();
        return values;
    }

    private object?[] PopLast(int count)
    {
        if (count > _stack.Count)
        {
            throw Damaged("takes a value where there is none");
        }

        object?[] values = [.. _stack.GetRange(_stack.Count - count, count)];
        _stack.RemoveRange(_stack.Count - count, count);
        return values;
    }

    private CheckpointException Damaged(string how) => file.Wrong($"holds a pickle that is damaged at byte {_position}: it {how}.");
}
