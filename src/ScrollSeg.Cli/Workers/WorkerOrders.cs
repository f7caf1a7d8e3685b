using System.Globalization;

namespace ScrollSeg.Cli.Workers;

/// <summary>
/// What a worker is told on its stdin: <c>drain CODE</c> (finish what is in work and end with that code) or <c>stop</c> (at
/// once). The end of the stream means that the parent died: drain then, rather than compute on without anybody knowing. A pipe
/// says all this on every system, and says it even when the parent was killed.
/// </summary>
internal static class WorkerOrders
{
    private const string Drain = "drain";
    private const string Stop = "stop";

    /// <summary>The order to drain.</summary>
    public static string DrainWith(int exitCode) => string.Create(CultureInfo.InvariantCulture, $"{Drain} {exitCode}");

    /// <summary>The order to stop at once.</summary>
    public static string StopNow => Stop;

    /// <summary>Follows the orders from now on, on a thread of its own.</summary>
    public static void Follow(TextReader orders, StopSignals signals)
    {
        Thread thread = new(() => Listen(orders, signals)) { IsBackground = true, Name = "orders" };
        thread.Start();
    }

    private static void Listen(TextReader orders, StopSignals signals)
    {
        try
        {
            while (orders.ReadLine() is string order)
            {
                if (order == Stop)
                {
                    signals.StopNow();
                }
                else if (order.Split(' ') is [Drain, string code] && int.TryParse(code, CultureInfo.InvariantCulture, out int exitCode))
                {
                    signals.Ask(exitCode);
                }
            }

            signals.Ask(ExitCode.StoppedEarly);
        }
        catch (ObjectDisposedException)
        {
            // the work was done before the order came
        }
    }
}
