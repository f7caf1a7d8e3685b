using System.Globalization;
using System.Text;

namespace ScrollSeg.Evaluation.Submissions;

/// <summary>Masks as Kaggle writes them: pairs of the first pixel of a run and its length, pixels counted from 1, row by row from the top.
/// </summary>
/// <remarks>The first and the last pixel are as good as any other; some encoders lose them. An empty mask is an empty text: what the
/// contest makes of it is not documented.</remarks>
public sealed class RunLengths
{
    private readonly StringBuilder _text = new();
    private long _start; // of the run that is open, from 1; 0 if none is
    private long _place; // pixels seen

    /// <summary>Takes in the next pixels.</summary>
    /// <param name="mask">Not 0 is in.</param>
    public void Add(ReadOnlySpan<byte> mask)
    {
        for (int i = 0; i < mask.Length;)
        {
            int change = _start == 0 ? mask[i..].IndexOfAnyExcept((byte)0) : mask[i..].IndexOf((byte)0);
            if (change < 0)
            {
                break;
            }

            i += change;
            if (_start == 0)
            {
                _start = _place + i + 1;
            }
            else
            {
                Close(_place + i + 1);
            }
        }

        _place += mask.Length;
    }

    /// <summary>The text, once all pixels are in.</summary>
    public string Finish()
    {
        if (_start != 0)
        {
            Close(_place + 1);
        }

        return _text.ToString();
    }

    /// <summary>A whole mask at once.</summary>
    public static string Encode(ReadOnlySpan<byte> mask)
    {
        RunLengths runs = new();
        runs.Add(mask);
        return runs.Finish();
    }

    /// <summary>The mask that a text stands for, 0 and 1.</summary>
    /// <param name="text">Pairs, separated by spaces.</param>
    /// <param name="length">Pixels of the mask.</param>
    /// <exception cref="FormatException">The text has another form, runs that are not in order, or runs outside.</exception>
    public static byte[] Decode(string text, int length)
    {
        string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length % 2 != 0)
        {
            throw new FormatException($"{words.Length} numbers: a start without a length. Expected pairs.");
        }

        byte[] mask = new byte[length];
        long end = 0; // last pixel of the run before
        for (int i = 0; i < words.Length; i += 2)
        {
            long start = Number(words, i);
            long count = Number(words, i + 1);
            if (start <= end || start + count - 1 > length)
            {
                throw new FormatException($"The run '{words[i]} {words[i + 1]}' is not behind pixel {end} and within {length} pixels.");
            }

            mask.AsSpan((int)start - 1, (int)count).Fill(1);
            end = start + count - 1;
        }

        return mask;
    }

    private static long Number(string[] words, int index) =>
        int.TryParse(words[index], NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0
            ? number
            : throw new FormatException($"'{words[index]}' is no count of pixels: expected a whole number from 1 on.");

    private void Close(long end)
    {
        _text.Append(CultureInfo.InvariantCulture, $"{(_text.Length > 0 ? " " : "")}{_start} {end - _start}");
        _start = 0;
    }
}
