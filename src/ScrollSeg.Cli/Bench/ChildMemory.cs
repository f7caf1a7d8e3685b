using System.Diagnostics;
using System.Globalization;

namespace ScrollSeg.Cli.Bench;

/// <summary>Runs this program again, and watches how much memory it takes.</summary>
internal static class ChildMemory
{
    /// <summary>Runs a verb.</summary>
    /// <returns>The most bytes that were resident, as the system counts them.</returns>
    /// <exception cref="IOException">It fails, or the system does not tell.</exception>
    public static async Task<long> PeakOfAsync(string[] arguments, CancellationToken ct)
    {
        string program = Environment.ProcessPath ?? throw new IOException("The system does not tell where this program lies.");
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process child = Process.Start(start) ?? throw new IOException($"{program}: did not start.");
        Task<string> error = child.StandardError.ReadToEndAsync(ct);
        Task output = child.StandardOutput.ReadToEndAsync(ct);
        long peak = 0;
        try
        {
            while (!child.HasExited)
            {
                peak = Math.Max(peak, HighWaterMark(child.Id));
                await Task.Delay(2, ct);
            }
        }
        finally
        {
            child.Kill(); // does nothing if it has ended; else it would go on in a folder that is about to be deleted
            await child.WaitForExitAsync(CancellationToken.None);
        }

        await output;
        return child.ExitCode == 0 && peak > 0
            ? peak
            : throw new IOException($"{program} {string.Join(' ', arguments)}: exit code {child.ExitCode}: {(await error).Trim()}");
    }

    private static long HighWaterMark(int id)
    {
        const string Field = "VmHWM:";
        try
        {
            string? line = File.ReadLines($"/proc/{id}/status").FirstOrDefault(one => one.StartsWith(Field, StringComparison.Ordinal));
            return line is null ? 0 : 1024 * long.Parse(line.AsSpan(Field.Length).Trim().TrimEnd("kB").Trim(), CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0; // it has just ended
        }
    }
}
