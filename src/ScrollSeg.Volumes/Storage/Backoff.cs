using System.Runtime.ExceptionServices;

namespace ScrollSeg.Volumes.Storage;

/// <summary>
/// Tries again what failed for a reason that may pass: waits a random time below a bound that doubles from try to try
/// (exponential back-off with full jitter; M. Brooker, AWS Architecture Blog, 2015), so that many clients of a store that
/// comes back do not all return at the same instant.
/// </summary>
public sealed record Backoff
{
    /// <summary>What readers and writers use unless told otherwise.</summary>
    public static Backoff Default { get; } = new();

    /// <summary>One try and no second one.</summary>
    public static Backoff Never { get; } = new() { Tries = 1 };

    /// <summary>Tries in all, the first included. Default 5.</summary>
    public int Tries
    {
        get;
        init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(Tries), value, "There is at least one try.");
    } = 5;

    /// <summary>Longest wait before the second try; it doubles with each further one. Default half a second.</summary>
    public TimeSpan First { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>No wait is longer. Default a minute.</summary>
    public TimeSpan Longest { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The clock that waits. Default the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Draws a share of the longest wait, from 0 to below 1. Default random.</summary>
    public Func<double> Draw { get; init; } = Random.Shared.NextDouble;

    /// <summary>Runs synchronous work, again while it fails for a reason that may pass.</summary>
    /// <param name="work">The work; it may be done more than once.</param>
    /// <param name="isTransient">Which failures may pass; <see langword="null"/> for <see cref="TransientErrors.IsTransient"/>.</param>
    /// <param name="cancellationToken">Ends a wait.</param>
    /// <returns>What the first try that succeeded returned.</returns>
    public T Run<T>(Func<T> work, Func<Exception, bool>? isTransient = null, CancellationToken cancellationToken = default)
    {
        for (int tried = 1; ; tried++)
        {
            try
            {
                return work();
            }
            catch (Exception e) when (tried < Tries && (isTransient ?? TransientErrors.IsTransient)(e))
            {
                Wait(tried, cancellationToken);
            }
        }
    }

    /// <summary>Runs asynchronous work, again while it fails for a reason that may pass.</summary>
    /// <param name="work">The work; it may be done more than once.</param>
    /// <param name="delayWanted">How long to wait after a failure: <see langword="null"/> when it is final, zero for the usual time, else
    /// what the other side asked for (HTTP's Retry-After), which counts when it is longer and up to <see cref="Longest"/>.</param>
    /// <param name="cancellationToken">Ends a wait.</param>
    public async ValueTask<T> RunAsync<T>(
        Func<ValueTask<T>> work, Func<Exception, TimeSpan?> delayWanted, CancellationToken cancellationToken = default)
    {
        for (int tried = 1; ; tried++)
        {
            ExceptionDispatchInfo failure;
            TimeSpan wanted;
            try
            {
                return await work();
            }
            catch (Exception e) when (tried < Tries && delayWanted(e) is TimeSpan asked)
            {
                (failure, wanted) = (ExceptionDispatchInfo.Capture(e), asked);
            }

            if (wanted > Longest)
            {
                failure.Throw(); // to come back earlier than asked is of no use, and to wait so long neither
            }

            TimeSpan own = DelayAfter(tried);
            await Task.Delay(own > wanted ? own : wanted, Time, cancellationToken);
        }
    }

    /// <summary>Waits on this thread, which has nothing else to do: it is one of those that read or write.</summary>
    /// <param name="tried">Tries that failed so far, at least 1.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public void Wait(int tried, CancellationToken cancellationToken = default) =>
        Task.Delay(DelayAfter(tried), Time, cancellationToken).GetAwaiter().GetResult();

    /// <summary>Draws how long to wait.</summary>
    /// <param name="tried">Tries that failed so far, at least 1.</param>
    public TimeSpan DelayAfter(int tried)
    {
        double bound = Math.Min(First.TotalSeconds * Math.Pow(2, tried - 1), Longest.TotalSeconds);
        return TimeSpan.FromSeconds(bound * Draw());
    }
}
