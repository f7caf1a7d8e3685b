using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace ScrollSeg.Volumes.Measurement;

/// <summary>A Python process that does the benchmark's work with numcodecs and zarr-python when told to.</summary>
internal sealed class IoPeer : IDisposable
{
    private const string Script = "ScrollSeg.Volumes.Measurement.io_peer.py";

    private readonly Process _process;

    private IoPeer(Process process, IReadOnlyList<(string Name, JsonElement Codec)> cases) => (_process, Cases) = (process, cases);

    /// <summary>The codec cases that it wrote into the folder.</summary>
    public IReadOnlyList<(string Name, JsonElement Codec)> Cases { get; }

    /// <summary>Starts it and waits until its files are there.</summary>
    /// <param name="python">The interpreter; it needs numcodecs and zarr 2.</param>
    /// <param name="folder">Receives the files.</param>
    /// <param name="shape">Of the whole array.</param>
    /// <param name="edge">Of its chunks.</param>
    /// <exception cref="IOException">It does not start, or ends at once.</exception>
    public static IoPeer Start(string python, string folder, Shape3 shape, int edge)
    {
        string script = Path.Combine(folder, "io_peer.py");
        using (Stream source = typeof(IoPeer).Assembly.GetManifestResourceStream(Script)!)
        using (FileStream target = File.Create(script))
        {
            source.CopyTo(target);
        }

        ProcessStartInfo start = new(python, [script, folder, $"{shape.Z},{shape.Y},{shape.X}", $"{edge}"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process process;
        try
        {
            process = Process.Start(start) ?? throw new IOException($"{python}: did not start.");
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new IOException($"{python}: did not start: {e.Message}", e);
        }

        try
        {
            return new IoPeer(process, ReadCases(process));
        }
        catch
        {
            process.Kill();
            process.Dispose();
            throw;
        }
    }

    /// <summary>Has it do something.</summary>
    /// <returns>Seconds that it took.</returns>
    public double Seconds(string request)
    {
        _process.StandardInput.WriteLine(request);
        return double.Parse(ReadLine(_process), CultureInfo.InvariantCulture);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static List<(string Name, JsonElement Codec)> ReadCases(Process process)
    {
        List<(string, JsonElement)> cases = [];
        while (ReadLine(process) is string line && line != "ready")
        {
            cases.Add(line.Split(' ', 2) is [string name, ['{', ..] codec]
                ? (name, JsonDocument.Parse(codec).RootElement)
                : throw new IOException($"{process.StartInfo.FileName}: said '{line}', expected a case and its codec; is it Python?"));
        }

        return cases;
    }

    private static string ReadLine(Process process) => process.StandardOutput.ReadLine()
        ?? throw new IOException(
            $"{process.StartInfo.FileName}: ended; it needs the packages numcodecs and zarr 2 (its last words: {LastWords(process)}).");

    private static string LastWords(Process process) =>
        process.StandardError.ReadToEnd().TrimEnd().Split('\n')[^1];
}
