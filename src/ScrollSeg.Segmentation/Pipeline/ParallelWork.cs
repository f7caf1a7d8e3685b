using System.Collections.ObjectModel;
using System.Runtime.ExceptionServices;

namespace ScrollSeg.Segmentation.Pipeline;

/// <summary>Runs equal pieces of synchronous work on several threads.</summary>
internal static class ParallelWork
{
    /// <summary>Runs all pieces; when some fail, throws the first failure that is not a mere consequence of stopping.</summary>
    public static void ForEach<T>(IEnumerable<T> pieces, int threads, Action<T> work, CancellationToken cancellationToken)
    {
        try
        {
            Parallel.ForEach(
                pieces, new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, threads), CancellationToken = cancellationToken }, work);
        }
        catch (AggregateException e)
        {
            ReadOnlyCollection<Exception> failures = e.Flatten().InnerExceptions;
            ExceptionDispatchInfo.Throw(failures.FirstOrDefault(failure => failure is not OperationCanceledException) ?? failures[0]);
        }
    }
}
