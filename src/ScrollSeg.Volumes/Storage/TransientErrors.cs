namespace ScrollSeg.Volumes.Storage;

/// <summary>Tells failures of a file system that may pass from those that will not. What is in a file is never such a
/// failure, nor is a full disk: that waits for a person.</summary>
public static class TransientErrors
{
    // Linux errno values (asm-generic/errno-base.h, errno.h); .NET hands them on as the exception's HResult where it has no
    // exception of its own for them
    private const int EINTR = 4;
    private const int EIO = 5;          // a network file system that failed over, a disk that is asked again
    private const int EAGAIN = 11;
    private const int EBUSY = 16;
    private const int ETIMEDOUT = 110;
    private const int EHOSTDOWN = 112;
    private const int EHOSTUNREACH = 113;
    private const int ESTALE = 116;     // a handle that the file server forgot
    private const int EREMOTEIO = 121;

    private static readonly int[] Numbers = [EINTR, EIO, EAGAIN, EBUSY, ETIMEDOUT, EHOSTDOWN, EHOSTUNREACH, ESTALE, EREMOTEIO];

    /// <summary>Whether the failure, or one that it wraps, may pass.</summary>
    public static bool IsTransient(Exception failure)
    {
        for (Exception? e = failure; e is not null; e = e.InnerException)
        {
            if (e is IOException and not VolumeFormatException && Numbers.Contains(e.HResult))
            {
                return true;
            }
        }

        return false;
    }
}
