using ScrollSeg.Cli;

return await CommandLine.RunAsync(args);
