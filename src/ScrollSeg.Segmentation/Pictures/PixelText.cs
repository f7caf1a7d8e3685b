namespace ScrollSeg.Segmentation.Pictures;

/// <summary>Short captions in pictures: capitals, digits and a few signs, three by five dots each. A font would be a dependency of the
/// machine, and of every test that compares pictures.</summary>
public static class PixelText
{
    private const int DotColumns = 3;
    private const int DotRows = 5;

    // a glyph's rows from above, three dots each
    private static readonly Dictionary<char, string> Glyphs = new()
    {
        ['A'] = "010 101 111 101 101", ['B'] = "110 101 110 101 110", ['C'] = "011 100 100 100 011", ['D'] = "110 101 101 101 110",
        ['E'] = "111 100 110 100 111", ['F'] = "111 100 110 100 100", ['G'] = "011 100 101 101 011", ['H'] = "101 101 111 101 101",
        ['I'] = "111 010 010 010 111", ['J'] = "001 001 001 101 010", ['K'] = "101 101 110 101 101", ['L'] = "100 100 100 100 111",
        ['M'] = "101 111 111 101 101", ['N'] = "110 101 101 101 101", ['O'] = "010 101 101 101 010", ['P'] = "110 101 110 100 100",
        ['Q'] = "010 101 101 110 011", ['R'] = "110 101 110 101 101", ['S'] = "011 100 010 001 110", ['T'] = "111 010 010 010 010",
        ['U'] = "101 101 101 101 111", ['V'] = "101 101 101 101 010", ['W'] = "101 101 111 111 101", ['X'] = "101 101 010 101 101",
        ['Y'] = "101 101 010 010 010", ['Z'] = "111 001 010 100 111", ['0'] = "111 101 101 101 111", ['1'] = "010 110 010 010 111",
        ['2'] = "110 001 010 100 111", ['3'] = "111 001 011 001 111", ['4'] = "101 101 111 001 001", ['5'] = "111 100 110 001 110",
        ['6'] = "011 100 111 101 111", ['7'] = "111 001 010 010 010", ['8'] = "111 101 111 101 111", ['9'] = "111 101 111 001 110",
        ['+'] = "000 010 111 010 000", ['-'] = "000 000 111 000 000", ['.'] = "000 000 000 000 010", [','] = "000 000 000 010 100",
        [':'] = "000 010 000 010 000", ['/'] = "001 001 010 100 100", ['%'] = "101 001 010 100 101", [' '] = "000 000 000 000 000",
    };

    /// <summary>Rows that a line of text takes.</summary>
    /// <param name="dot">Pixels along a dot's side.</param>
    public static int HeightOf(int dot = 2) => DotRows * dot;

    /// <summary>Columns that a text takes.</summary>
    public static int WidthOf(string text, int dot = 2) => text.Length * (DotColumns + 1) * dot;

    /// <summary>Writes a line; what has no glyph is left blank, small letters become capitals.</summary>
    /// <param name="canvas">To write on; what lies outside is lost.</param>
    /// <param name="text">The line.</param>
    /// <param name="row">Its uppermost row.</param>
    /// <param name="column">Its leftmost column.</param>
    /// <param name="colour">Of the dots.</param>
    /// <param name="dot">Pixels along a dot's side.</param>
    public static void Draw(Canvas canvas, string text, int row, int column, Colour colour, int dot = 2)
    {
        for (int i = 0; i < text.Length; i++)
        {
            string glyph = Glyphs.GetValueOrDefault(char.ToUpperInvariant(text[i]), Glyphs[' ']);
            for (int at = 0; at < glyph.Length; at++)
            {
                if (glyph[at] == '1')
                {
                    Fill(row + (at / (DotColumns + 1) * dot), column + (((i * (DotColumns + 1)) + (at % (DotColumns + 1))) * dot));
                }
            }
        }

        void Fill(int top, int left)
        {
            for (int pixel = 0; pixel < dot * dot; pixel++)
            {
                canvas.Set(top + (pixel / dot), left + (pixel % dot), colour);
            }
        }
    }
}
