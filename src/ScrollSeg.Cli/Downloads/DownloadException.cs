namespace ScrollSeg.Cli.Downloads;

/// <summary>A download did not come to its end; what was fetched is kept for the next try unless the message says otherwise.</summary>
internal class DownloadException(string message, Exception? innerException = null) : IOException(message, innerException);
